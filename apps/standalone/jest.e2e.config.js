import { jestPreset } from '../../jest.preset.js';

export default {
  ...jestPreset('standalone e2e'),
  testMatch: ['<rootDir>/test/e2e/**/*.e2e.ts'],
  testTimeout: 1_500_000,
  maxWorkers: 1,
};
