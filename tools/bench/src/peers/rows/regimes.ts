import { fitRegimes } from '@risk-budget/risk-math';
import { portfolioReturns } from '../../data/portfolio-returns.js';
import type { PeerCase, PeerRow } from '../contract.js';
import { noWorse } from '../likelihood.js';

function regimeCase(start: 'free' | 'stationary', peer: string): PeerCase {
  const returns = portfolioReturns(1000);
  return {
    name: start === 'free' ? 'hidden Markov' : 'Markov switching',
    inputs: { returns: { values: returns, shape: [returns.length] } },
    run: () => fitRegimes(returns, { states: 2, start }),
    result: () => [fitRegimes(returns, { states: 2, start }).logLikelihood],
    peers: [{ name: peer, agreement: noWorse, atMost: 1 }],
  };
}

export const row: PeerRow = {
  id: 'regimes',
  job: 'Two-state regime fit, 1,000 days',
  goal: 'ahead of hmmlearn and statsmodels',
  cases: [(): PeerCase => regimeCase('free', 'hmmlearn'), (): PeerCase => regimeCase('stationary', 'statsmodels')],
};
