/** Ids of the nodes of a portfolio's tree and of its views. Names never hold a slash or a colon. */
export const PORTFOLIO_NODE_ID = 'portfolio';

/** The short position that a benchmark is, and the benchmark's names that the portfolio does not hold. */
export const BENCHMARK_NODE_ID = 'benchmark';

/** All that one strategy holds. */
export function strategyNodeId(strategy: string): string {
  return `strategy:${strategy}`;
}

/** A sector within one strategy. */
export function sectorNodeId(strategy: string, sector: string): string {
  return `sector:${strategy}/${sector}`;
}

/** An instrument within one strategy. */
export function leafNodeId(strategy: string, instrumentId: string): string {
  return `leaf:${strategy}/${instrumentId}`;
}

/** View: an issuer across strategies. */
export function issuerNodeId(issuer: string): string {
  return `issuer:${issuer}`;
}

/** View: a sector across strategies. */
export function sectorTotalNodeId(sector: string): string {
  return `sectorTotal:${sector}`;
}

/** View: an instrument across strategies. */
export function instrumentNodeId(instrumentId: string): string {
  return `instrument:${instrumentId}`;
}
