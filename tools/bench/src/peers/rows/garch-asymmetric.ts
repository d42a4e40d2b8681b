import type { PeerCase, PeerRow } from '../contract.js';
import { garchCase } from '../likelihood.js';

export const row: PeerRow = {
  id: 'garch-asymmetric',
  job: 'GJR-GARCH-t, EGARCH fit, 1,000 days',
  goal: 'ahead of arch',
  cases: [
    (): PeerCase => garchCase('GJR-GARCH-t', { model: 'gjr', innovations: 'studentT', mean: 'constant' }, 1),
    (): PeerCase => garchCase('EGARCH', { model: 'egarch', innovations: 'normal', mean: 'constant' }, 1),
  ],
};
