import { createHmac } from 'node:crypto';
import { lookup, type LookupAddress } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { NotificationRecord } from './notification.types.js';
import { isPrivateAddress, targetProblem, type WebhookRules } from './webhook-target.js';

/** How webhooks are signed and how long a target may take. */
export interface WebhookSettings extends WebhookRules {
  readonly secret: string;
  readonly timeoutMs: number;
}

/** A call that did not succeed; `permanent` when trying again cannot help. */
export class WebhookError extends Error {
  constructor(
    message: string,
    readonly permanent: boolean,
  ) {
    super(message);
    this.name = 'WebhookError';
  }
}

/** The body of a webhook call. */
export function webhookBody(notification: NotificationRecord): string {
  const { notificationId, portfolioId, breachId, at, subject, body, escalationStep } = notification;
  return JSON.stringify({ notificationId, portfolioId, breachId, at, subject, body, escalationStep });
}

/**
 * `t=<seconds>,v1=<hex>`: HMAC-SHA256 over `<seconds>.<body>` with the shared secret. A receiver recomputes it, refuses old seconds, and
 * drops a notification id that it has seen.
 */
export function signature(secret: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/**
 * Calls a webhook once. Redirects are not followed, and the address that the name resolves to is checked where the connection is made,
 * so that a name cannot change its mind in between.
 *
 * @throws WebhookError
 */
export async function sendWebhook(notification: NotificationRecord, settings: WebhookSettings): Promise<void> {
  const problem = targetProblem(notification.recipient, settings);
  if (problem !== undefined) throw new WebhookError(`the target ${problem.problem}`, true);
  const url = new URL(notification.recipient);
  const body = webhookBody(notification);
  const status = await post(url, body, settings, {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'x-risk-budget-notification': notification.notificationId,
    'x-risk-budget-signature': signature(settings.secret, Math.floor(Date.now() / 1000), body),
  });
  if (status < 200 || status > 299) {
    const permanent = status >= 400 && status < 500 && status !== 408 && status !== 429;
    throw new WebhookError(`the target answered ${status}`, permanent);
  }
}

function post(url: URL, body: string, settings: WebhookSettings, headers: Record<string, string>): Promise<number> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      {
        method: 'POST',
        headers,
        lookup: settings.allowPrivate ? undefined : publicLookup,
        signal: AbortSignal.timeout(settings.timeoutMs),
        agent: false,
      },
      (response) => {
        response.resume();
        response.once('close', () => resolve(response.statusCode ?? 0));
      },
    );
    request.once('error', (error) =>
      reject(error instanceof WebhookError ? error : new WebhookError(error.message, false)),
    );
    request.end(body);
  });
}

/** Resolves a name as the system does and refuses it when any of its addresses is not public. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) return callback(error, '', 0);
    const [first] = addresses;
    if (first === undefined || addresses.some(({ address }) => isPrivateAddress(address))) {
      return callback(new WebhookError('the target resolves to a private address', true), '', 0);
    }
    return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
  });
};
