import { instant } from '@risk-budget/contracts';
import { z } from 'zod';

export const verificationAnswer = z.object({
  snapshotId: z.uuid(),
  verifiedAt: instant,
  agrees: z.boolean().describe('whether every figure was found again to 1e-10'),
  compared: z.int().min(0).describe('figures compared'),
  largestRelativeDifference: z.number().min(0),
  differences: z
    .array(z.object({ path: z.string(), stored: z.number().nullable(), rebuilt: z.number().nullable() }))
    .max(100)
    .describe('the first 100'),
  revisedInputs: z
    .array(z.enum(['positions', 'marks', 'historicalWindow', 'plan']))
    .describe('inputs of that moment that arrived only after the snapshot was taken'),
  codeVersion: z.object({ stored: z.string(), rebuilt: z.string() }),
});
export type VerificationAnswer = z.infer<typeof verificationAnswer>;
