import { flag, integer, type ServiceConfig } from '@risk-budget/service-kit';
import { z } from 'zod';
import type { WebhookSettings } from './notifications/webhook-sender.js';

const targets = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(/[\s,]+/)
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
  .refine((entries) => entries.every((entry) => URL.canParse(entry)), 'holds something that is no URL');

/** What the limits service reads beside the base configuration. */
export const limitsConfigSchema = z.object({
  WEBHOOK_ALLOWED_TARGETS: targets.meta({
    about: 'where webhooks may go',
    allowed: 'URLs that webhook targets must begin with, separated by commas; none by default',
    example: 'https://hooks.example.com/risk',
  }),
  ALLOW_PRIVATE_WEBHOOKS: flag(false).meta({
    about: 'whether webhooks may go inside',
    allowed:
      'true or false; true lets webhooks go to private addresses and by plain HTTP, for standalone and tests only',
    example: 'false',
  }),
  WEBHOOK_SECRET: z.string().min(16).optional().meta({
    about: 'signs webhooks; without it none is sent',
    allowed: 'secret of at least 16 characters that signs webhooks; needed when targets are allowed',
    example: 'a-long-random-text',
    secret: true,
  }),
  WEBHOOK_ATTEMPTS: integer(1, 50, 8).meta({ about: 'how often a webhook is tried', example: '8' }),
  WEBHOOK_RETRY_MS: integer(1, 3_600_000, 1000).meta({
    about: 'how long it waits for the next try',
    allowed: 'pause after the first failure, doubled after each',
    example: '1000',
  }),
  WEBHOOK_TIMEOUT_MS: integer(10, 60_000, 5000).meta({ about: 'how long a receiver may take', example: '5000' }),
  WEBHOOK_POLL_MS: integer(10, 60_000, 1000).meta({ about: 'how often due webhooks are looked for', example: '1000' }),
});

export type LimitsConfig = ServiceConfig<typeof limitsConfigSchema>;

/** Without a secret nothing may be called, whatever the allow-list says. */
export function webhookSettings(config: LimitsConfig): WebhookSettings {
  return {
    allowed: config.WEBHOOK_SECRET === undefined ? [] : config.WEBHOOK_ALLOWED_TARGETS,
    allowPrivate: config.ALLOW_PRIVATE_WEBHOOKS,
    secret: config.WEBHOOK_SECRET ?? '',
    timeoutMs: config.WEBHOOK_TIMEOUT_MS,
  };
}
