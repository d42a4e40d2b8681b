import type { SnapshotNode, UtilizationAlert, UtilizationSnapshot } from '@risk-budget/contracts';
import { nothingAlerted, type AlertMemory } from '../alerts/alert-memory.js';
import { stateKey } from '../nodes/node-states.js';
import type { PortfolioState, Problem } from '../portfolios/portfolio-state.js';
import { headlineOf } from '../snapshots/snapshot-assembly.js';

/** The row of a portfolio, from the snapshots and alerts that were published of it, each in their order. */
export class RebuiltPortfolio {
  private snapshot: UtilizationSnapshot | undefined;
  private nodes = new Map<string, SnapshotNode>();
  /** Nodes that have been told to be without a budget, by measure and node: others are without one and are not watched for it. */
  private readonly unbudgeted = new Set<string>();
  private problem: (Problem & { readonly afterSequence: number }) | undefined;

  constructor(private readonly portfolioId: string) {}

  /** Takes the next snapshot. @returns false for one that is known already */
  take(snapshot: UtilizationSnapshot): boolean {
    if (snapshot.sequence <= (this.snapshot?.sequence ?? 0)) return false;
    this.snapshot = snapshot;
    // After a tick only the nodes that it has moved are told.
    if (snapshot.leaves) this.nodes.clear();
    for (const node of snapshot.nodes) this.nodes.set(node.nodeId, node);
    return true;
  }

  hear({ notEvaluable, detail, asOf, nodeId, measure, to }: UtilizationAlert): void {
    if (nodeId !== null && measure !== null) {
      const key = stateKey({ nodeId, measure });
      if (to === 'unbudgeted') this.unbudgeted.add(key);
      else this.unbudgeted.delete(key);
    }
    if (notEvaluable === undefined) return;
    this.problem = { code: notEvaluable.code, detail, since: asOf, afterSequence: notEvaluable.afterSequence };
  }

  /** As it stood when the last of them was told; whatever no topic tells is as after nothing. */
  get state(): Omit<PortfolioState, 'limitsRevision' | 'rebuilding'> {
    const { portfolioId, snapshot } = this;
    const problem = this.currentProblem();
    const memory = { ...this.memory(), ...(problem === null ? {} : { incomplete: true }) };
    return {
      portfolioId,
      sequence: snapshot?.sequence ?? 0,
      snapshotId: snapshot?.snapshotId ?? null,
      asOf: snapshot?.asOf ?? null,
      seenTo: null,
      modelId: snapshot?.lineage.modelId ?? null,
      planId: snapshot?.lineage.planId ?? null,
      planVersion: snapshot?.lineage.planVersion ?? null,
      currencies: snapshot === undefined ? [] : [snapshot.baseCurrency],
      problem,
      memory,
      headline: snapshot === undefined ? null : headlineOf(snapshot, [...this.nodes.values()]),
    };
  }

  private currentProblem(): Problem | null {
    const { problem } = this;
    if (problem === undefined || problem.afterSequence < (this.snapshot?.sequence ?? 0)) return null;
    return { code: problem.code, detail: problem.detail, since: problem.since };
  }

  private memory(): AlertMemory {
    const { snapshot } = this;
    if (snapshot === undefined) return nothingAlerted;
    const states = [...this.nodes.values()].flatMap(({ nodeId, measures }) =>
      measures.map(({ measure, state }) => [stateKey({ nodeId, measure }), state] as const),
    );
    return {
      states: Object.fromEntries(
        states.filter(([key, state]) => state !== 'green' && (state !== 'unbudgeted' || this.unbudgeted.has(key))),
      ),
      incomplete: snapshot.state === 'incomplete',
      withoutPlan: snapshot.lineage.planId === null,
      staleInstruments: snapshot.stalePrices,
      limitSides: {},
    };
  }
}
