import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { NotificationRecord } from './notification.types.js';
import { sendWebhook, type WebhookSettings } from './webhook-sender.js';
import { isPrivateAddress, targetProblem } from './webhook-target.js';

const rules = { allowed: ['https://hooks.example.com/risk'], allowPrivate: false };

describe('webhook targets', () => {
  it.each([
    ['https://hooks.example.com/risk', undefined],
    ['https://hooks.example.com/risk/desk-1', undefined],
    ['https://hooks.example.com/riskier', 'is not on the allow-list'],
    ['https://hooks.example.com.evil.com/risk', 'is not on the allow-list'],
    ['https://hooks.example.com:8443/risk', 'is not on the allow-list'],
    ['http://hooks.example.com/risk', 'is not encrypted'],
    ['https://user:pass@hooks.example.com/risk', 'carries a name or a password'],
    ['https://', 'is no URL'],
  ])('%s: %s', (target, problem) => {
    expect(targetProblem(target, rules)?.problem).toBe(problem);
  });

  it('refuses private addresses even on the allow-list, unless they are allowed', () => {
    const target = 'https://127.0.0.1/hook';
    const allowed = ['https://127.0.0.1', 'https://[::1]'];
    expect(targetProblem(target, { allowed, allowPrivate: false })?.problem).toBe('is a private address');
    expect(targetProblem('https://[::1]/hook', { allowed, allowPrivate: false })?.problem).toBe('is a private address');
    expect(targetProblem(target, { allowed, allowPrivate: true })).toBeUndefined();
  });

  it.each([
    ['10.1.2.3', true],
    ['127.0.0.1', true],
    ['169.254.169.254', true],
    ['172.31.0.1', true],
    ['172.32.0.1', false],
    ['192.168.0.1', true],
    ['8.8.8.8', false],
    ['::1', true],
    ['fd00::1', true],
    ['fe80::1', true],
    ['::ffff:10.0.0.1', true],
    ['::ffff:8.8.8.8', false],
    ['64:ff9b::a00:1', true],
    ['2002:a00:1::1', true],
    ['2606:4700::1111', false],
    ['no address', true],
  ])('%s is private: %s', (address, expected) => {
    expect(isPrivateAddress(address)).toBe(expected);
  });
});

describe('webhook calls', () => {
  let server: Server;
  let origin: string;
  let received: { request: IncomingMessage; body: string }[] = [];
  let answer = 204;

  beforeAll(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        received.push({ request, body });
        response.writeHead(answer, { location: 'http://127.0.0.1:1/' }).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    received = [];
    answer = 204;
  });

  const settings = (change: Partial<WebhookSettings> = {}): WebhookSettings => ({
    allowed: [origin],
    allowPrivate: true,
    secret: 'a-secret-of-the-desk',
    timeoutMs: 2000,
    ...change,
  });
  const notification = (): NotificationRecord => ({
    notificationId: 'n-1',
    portfolioId: 'P1',
    breachId: null,
    at: '2020-03-09T21:00:00.000Z',
    channel: 'webhook',
    recipient: `${origin}/hook`,
    subject: 'Hard breach',
    body: 'volatility is 0.3',
    escalationStep: 1,
    state: 'pending',
    attempts: 0,
    lastError: null,
  });

  it('signs the body with the time, so that a receiver can check both', async () => {
    await sendWebhook(notification(), settings());
    const [{ request, body } = { request: undefined, body: '' }] = received;
    const [, seconds, given] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request?.headers['x-risk-budget-signature'])) ?? [];
    const expected = createHmac('sha256', 'a-secret-of-the-desk').update(`${seconds}.${body}`).digest('hex');
    expect(given).toBe(expected);
    expect(request?.headers['x-risk-budget-notification']).toBe('n-1');
    expect(JSON.parse(body)).toMatchObject({ notificationId: 'n-1', escalationStep: 1 });
  });

  it('does not follow a redirect', async () => {
    answer = 302;
    await expect(sendWebhook(notification(), settings())).rejects.toMatchObject({ permanent: false });
    expect(received).toHaveLength(1);
  });

  it('tells what may work later from what never will', async () => {
    answer = 503;
    await expect(sendWebhook(notification(), settings())).rejects.toMatchObject({ permanent: false });
    answer = 410;
    await expect(sendWebhook(notification(), settings())).rejects.toMatchObject({ permanent: true });
    await expect(sendWebhook(notification(), settings({ allowed: [] }))).rejects.toMatchObject({ permanent: true });
  });

  it('refuses a name that resolves to a private address where the connection is made', async () => {
    const target = { ...notification(), recipient: 'https://localhost/hook' };
    await expect(
      sendWebhook(target, settings({ allowed: ['https://localhost'], allowPrivate: false })),
    ).rejects.toMatchObject({ permanent: true, message: 'the target resolves to a private address' });
  });
});
