import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { stressQuestions, type StressFinding } from '../inputs/stress-findings.js';
import { getItems, getJson, postJson } from './get-json.js';

const accepted = z.object({ runId: z.string() });
const figure = z.number();
const distribution = z.object({
  ...{ generator: z.string(), confidence: figure, var: figure, varInterval: z.array(figure), es: figure },
  ...{ esStandardError: figure, meanLoss: figure, worstLoss: figure, paths: figure, seed: figure },
});
const sensitivities = z.object({
  ...{ kind: z.literal('sensitivities'), deviationDaily: figure, toAllCorrelations: figure },
  instruments: z.array(
    z.object({
      ...{ instrumentId: z.string(), weight: figure, toWeight: figure, toVolatility: figure, lossPerPercent: figure },
    }),
  ),
});
const tail = z.object({
  ...{ kind: z.literal('tail'), confidence: figure, var: figure, es: figure.nullable(), threshold: figure },
  ...{ excesses: figure, observations: figure, shape: figure, shapeStandardError: figure.nullable(), scale: figure },
  ...{ scaleStandardError: figure.nullable(), historicalVar: figure, historicalEs: figure },
});
const run = z.object({
  asOf: z.string(),
  job: z.object({ state: z.string(), error: z.unknown() }).nullable(),
  summary: z
    .object({
      results: z.array(z.object({ loss: figure, distance: figure.nullable(), distribution: distribution.nullable() })),
    })
    .nullable(),
  analysis: z.discriminatedUnion('kind', [sensitivities, tail]).nullable(),
});
const node = z.object({ nodeId: z.string(), parentId: z.string().nullable(), loss: figure });
const summary = z.object({ portfolioId: z.string() });

const attempts = 600;
const pauseMs = 100;

/**
 * Asks stress, of the first portfolio that it has stressed, what no daily run has: sensitivities, the tail, the most plausible loss and
 * simulations. The same question twice is one run.
 */
export async function readStressAnswers(
  urls: { readonly stress: string; readonly utilization: string },
  tokens: { readonly operator: string; readonly riskManager: string },
): Promise<StressFinding[]> {
  const [first] = await getItems(`${urls.utilization}/v1/portfolios`, tokens.operator, summary);
  if (first === undefined) return [];
  const { portfolioId } = first;
  const asked: { readonly question: StressFinding['question']; readonly runId: string }[] = [];
  for (const [at, question] of stressQuestions.entries()) {
    const body = { portfolioId, ...question };
    const { runId } = await postJson(`${urls.stress}/v1/runs`, tokens.riskManager, body, accepted, `verify-run-${at}`);
    asked.push({ question, runId });
  }
  const found: StressFinding[] = [];
  for (const { question, runId } of asked) {
    const { asOf, summary: told, analysis } = await finished(`${urls.stress}/v1/runs/${runId}`, tokens.operator);
    found.push({
      ...{ portfolioId, question, asOf, result: told?.results[0] ?? null },
      sensitivities: analysis?.kind === 'sensitivities' ? analysis : null,
      tail: analysis?.kind === 'tail' ? analysis : null,
      nodes: told === null ? [] : await getItems(`${urls.stress}/v1/runs/${runId}/nodes`, tokens.operator, node),
    });
  }
  return found;
}

async function finished(url: string, token: string): Promise<z.output<typeof run>> {
  for (let attempt = 1; ; attempt++) {
    const found = await getJson(url, token, run);
    if (found.job?.state === 'succeeded') return found;
    const over = attempt >= attempts || found.job?.state === 'failed' || found.job?.state === 'cancelled';
    if (over) throw new Error(`${url} is ${String(found.job?.state)}: ${JSON.stringify(found.job?.error)}`);
    await pause(pauseMs);
  }
}
