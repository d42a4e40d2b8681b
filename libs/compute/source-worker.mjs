// The worker as it runs from sources, in tests and development: TypeScript by swc, our packages by their `source`
// condition. The build has no part in it, so that a test never meets a stale one. Production uses dist/worker.
import { register } from 'node:module';

register('./source-loader.mjs', import.meta.url);
const { default: answer } = await import('./src/worker/kernel-worker.ts');

export default answer;
