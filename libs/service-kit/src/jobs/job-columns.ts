/** Columns of the `Job` view. */
export const jobColumns = `id, kind, state, portfolio_id AS "portfolioId", owner, progress, progress_message AS "progressMessage", attempts,
  seed, input_hash AS "inputHash", result, error, cancel_requested AS "cancelRequested", created_at AS "createdAt",
  started_at AS "startedAt", finished_at AS "finishedAt"`;
