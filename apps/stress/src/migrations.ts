import type { Migration } from '@risk-budget/persistence';

/** Tables of this service beside those of the libraries. */
export const stressMigrations: readonly Migration[] = [];
