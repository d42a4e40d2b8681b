import type { RiskMathFailureDetails, RiskMathFailureReason, Team } from '@risk-budget/risk-math';
import type { KernelArguments, KernelName, KernelResult, SharedKernelName } from '../kernels.js';

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

/** What a worker that takes part in a shared product is asked. */
export interface TeamTask<K extends SharedKernelName = SharedKernelName> {
  readonly kernel: K;
  readonly input: KernelArguments<K>;
  readonly team: Team;
  /** The lead finishes the estimation; assistants only make blocks. */
  readonly role: 'lead' | 'assistant';
}

/** An assistant's answer: its blocks lie in the team's memory. */
export interface Assisted {
  readonly kind: 'assisted';
}
