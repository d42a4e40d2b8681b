import { insertOnly, type Migration } from '@risk-budget/persistence';

/** Pre-trade checks, kept whole with what they were computed from, and the headroom reserved by passed ones. */
export const preTradeTables: Migration = {
  name: 'limits-0003-pre-trade',
  up: (context) => [
    `
CREATE TABLE pre_trade_check (
  check_id uuid PRIMARY KEY,
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  portfolio_id text NOT NULL,
  at timestamptz NOT NULL,
  result text NOT NULL CHECK (result IN ('pass', 'soft', 'hard')),
  requested_by jsonb NOT NULL,
  body jsonb NOT NULL
);
CREATE INDEX pre_trade_check_portfolio ON pre_trade_check (portfolio_id, ordinal);

CREATE TABLE reservation (
  reservation_id uuid PRIMARY KEY,
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  check_id uuid NOT NULL REFERENCES pre_trade_check,
  portfolio_id text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'used', 'released', 'expired')),
  trades jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  closed_at timestamptz,
  revision integer NOT NULL DEFAULT 1
);
CREATE INDEX reservation_open ON reservation (portfolio_id) WHERE state = 'open';
`,
    ...insertOnly(context, 'pre_trade_check'),
  ],
};
