import { escalationStep, identifier, instant, label } from '@risk-budget/contracts';
import { z } from 'zod';
import { person } from '../person.js';

/** Who is told when a breach opens, and which steps follow while nobody acknowledges it. */
export const escalationPolicyInput = z.object({
  policyId: identifier,
  name: label,
  onOpen: z
    .array(z.string().min(1).max(500))
    .max(20)
    .default([])
    .describe('told at once: roles or names for the log, https addresses for webhooks'),
  steps: z
    .array(escalationStep.extend({ notify: z.array(z.string().min(1).max(500)).min(1).max(20) }))
    .min(1)
    .max(20)
    .refine(
      (steps) =>
        steps.every((step, index) => index === 0 || step.afterBusinessHours > steps[index - 1]!.afterBusinessHours),
      'each step comes later than the one before',
    )
    .describe('in the order of their deadlines, counted from the opening of the breach'),
});
export type EscalationPolicyInput = z.infer<typeof escalationPolicyInput>;

export const escalationPolicy = escalationPolicyInput.extend({ createdBy: person, createdAt: instant });
export type EscalationPolicy = z.infer<typeof escalationPolicy>;

/** Applies to every limit that names no policy of its own. */
export const defaultEscalationPolicyId = 'default';

/** The named default: the desk at once, the desk again after half a session, an approver after one, everybody after two. */
export const defaultEscalationPolicy: EscalationPolicyInput = {
  policyId: defaultEscalationPolicyId,
  name: 'Default ladder',
  onOpen: ['riskManager'],
  steps: [
    { afterBusinessHours: 3.25, notify: ['riskManager'] },
    { afterBusinessHours: 6.5, notify: ['riskManager', 'approver'] },
    { afterBusinessHours: 13, notify: ['riskManager', 'approver', 'operator'] },
  ],
};
