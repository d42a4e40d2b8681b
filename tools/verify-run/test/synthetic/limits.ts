import { limitDefined, type LimitDefinition } from '@risk-budget/contracts';
import { portfolioId, type Recorder } from './recorder.js';

/** A soft and a hard limit on weights. */
export function publishLimits(recorder: Recorder, at: string): void {
  const common = {
    portfolioId,
    measure: 'weight' as const,
    direction: 'upper' as const,
    hysteresis: 0.02,
    effectiveFrom: '2019-11-01T00:00:00.000Z',
    version: 1,
    status: 'active' as const,
    proposedBy: 'rita',
    approvedBy: 'anna',
  };
  const define = (limitId: string, instrumentId: string, value: number, severity: LimitDefinition['severity']) =>
    recorder.publish(limitDefined, '/risk-budget/limits', at, {
      ...common,
      limitId,
      name: limitId,
      severity,
      scope: { level: 'instrument', instrumentId },
      bound: { kind: 'absolute', value },
    });
  define('aaa-weight', 'AAA', 0.3, 'soft');
  define('bbb-weight', 'BBB', 0.35, 'hard');
}
