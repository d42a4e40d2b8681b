export {
  disturbances,
  drill,
  type Disturbance,
  type DisturbanceKind,
  type DrillOptions,
  type PlannedDisturbance,
  type PlanOptions,
} from './disturbances.js';
export { pick, seededRandom } from './random.js';
export { TcpProxy } from './tcp-proxy.js';
