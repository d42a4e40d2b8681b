import type { PeerCase, PeerRow } from '../contract.js';
import { garchCase } from '../likelihood.js';

export const row: PeerRow = {
  id: 'garch',
  job: 'GARCH(1,1) fit, 1,000 days',
  goal: '≥ 5× faster than arch',
  cases: [
    (): PeerCase => garchCase('constant mean', { model: 'garch', innovations: 'normal', mean: 'constant' }, 1 / 5),
    (): PeerCase => garchCase('zero mean', { model: 'garch', innovations: 'normal', mean: 'zero' }, 1 / 5),
  ],
};
