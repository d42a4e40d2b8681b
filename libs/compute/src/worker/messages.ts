import type { RiskMathFailureDetails, RiskMathFailureReason } from '@risk-budget/risk-math';
import type { KernelArguments, KernelName, KernelResult } from '../kernels.js';

/** What a worker is asked. */
export interface KernelTask<K extends KernelName = KernelName> {
  readonly kernel: K;
  readonly input: KernelArguments<K>;
  /** Not 0 once the caller has cancelled; looked at before the kernel starts. */
  readonly cancelFlag: Int32Array | null;
}

/** What a worker answers. A typed failure is data: errors lose their fields between threads. */
export type KernelAnswer<K extends KernelName = KernelName> =
  | { readonly kind: 'result'; readonly result: KernelResult<K> }
  | { readonly kind: 'cancelled' }
  | {
      readonly kind: 'failure';
      readonly reason: RiskMathFailureReason;
      readonly message: string;
      readonly details: RiskMathFailureDetails;
    };
