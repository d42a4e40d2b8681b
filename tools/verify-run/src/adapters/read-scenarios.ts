import { z } from 'zod';
import type { ScenarioFinding } from '../inputs/rest-findings.js';
import { getItems } from './get-json.js';

const person = z.object({ subject: z.string() });
const target = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('instrument'), instrumentId: z.string() }),
  z.object({ kind: z.literal('sector'), sector: z.string() }),
  z.object({ kind: z.literal('market') }),
]);
const inForce = z.object({
  content: z.object({
    knownFrom: z.string(),
    definition: z.object({ shocks: z.array(z.object({ target, return: z.number() })) }),
  }),
  proposedBy: person,
  approvedBy: person,
  approvedAt: z.string(),
});
const scenario = z.object({ scenarioId: z.string(), inForce: z.unknown() });

/** Asks stress for the scenarios in force that somebody thought of. */
export async function readScenarios(url: string, token: string): Promise<ScenarioFinding[]> {
  const found: ScenarioFinding[] = [];
  for (const { scenarioId, inForce: version } of await getItems(`${url}/v1/scenarios`, token, scenario)) {
    if (!isHypothetical(version)) continue;
    const { content, proposedBy, approvedBy, approvedAt } = inForce.parse(version);
    found.push({
      ...{ scenarioId, knownFrom: content.knownFrom, shocks: content.definition.shocks, approvedAt },
      ...{ proposedBy: proposedBy.subject, approvedBy: approvedBy.subject },
    });
  }
  return found;
}

const kind = z.object({ content: z.object({ definition: z.object({ kind: z.literal('hypothetical') }) }) });

function isHypothetical(version: unknown): boolean {
  return kind.safeParse(version).success;
}
