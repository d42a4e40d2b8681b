export {
  disturbances,
  type Disturbance,
  type DisturbanceKind,
  type PlannedDisturbance,
  type PlanOptions,
} from './disturbances.js';
export { pick, seededRandom } from './random.js';
export { TcpProxy } from './tcp-proxy.js';
