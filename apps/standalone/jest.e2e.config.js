import { jestPreset } from '../../jest.preset.js';

export default {
  ...jestPreset('standalone e2e'),
  testMatch: ['<rootDir>/test/e2e/**/*.e2e.ts'],
  testTimeout: 600_000,
  maxWorkers: 1,
};
