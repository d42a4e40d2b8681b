import { type GarchSpecification, fitGarch } from '@risk-budget/risk-math';
import { portfolioReturns } from '../data/portfolio-returns.js';
import type { Agreement, PeerCase } from './contract.js';

/** The log-likelihoods of both sides: ours may be higher. */
export const noWorse: Agreement = {
  of: 'log-likelihood, no worse',
  difference: (ours, theirs) => theirs[0]! - ours[0]!,
  tolerance: 1e-6,
};

export function garchCase(name: string, specification: GarchSpecification, atMost: number): PeerCase {
  const returns = portfolioReturns(1000);
  return {
    name,
    inputs: { returns: { values: returns, shape: [returns.length] } },
    parameters: { ...specification },
    run: () => fitGarch(returns, specification),
    result: () => [fitGarch(returns, specification).logLikelihood],
    peers: [{ name: 'arch', agreement: noWorse, atMost }],
  };
}
