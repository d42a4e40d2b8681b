import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { openLoop } from './open-loop.js';

describe('an open loop of requests', () => {
  const bodies: string[] = [];
  let answer: (index: number) => { status: number; afterMs: number };
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const { status, afterMs } = answer(bodies.push(text) - 1);
        void wait(afterMs).then(() => response.writeHead(status).end('{}'));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  });

  beforeEach(() => void bodies.splice(0));
  afterAll(() => void server.close());

  const load = { token: 't', perSecond: 200, warmUp: 5, measured: 20, body: (index: number) => ({ index }) };

  it('sends every body once, and counts all but the first ones', async () => {
    answer = () => ({ status: 200, afterMs: 0 });
    expect(await openLoop({ ...load, url })).toHaveLength(20);
    expect(new Set(bodies).size).toBe(25);
  });

  it('starts the next while one is slow', async () => {
    answer = (index) => ({ status: 200, afterMs: index === 10 ? 400 : 0 });
    const times = await openLoop({ ...load, url });
    expect(Math.max(...times)).toBeGreaterThan(380);
    expect(bodies).toHaveLength(25);
  });

  it('fails with an answer that is not 200', async () => {
    answer = (index) => ({ status: index === 7 ? 422 : 200, afterMs: 0 });
    await expect(openLoop({ ...load, url })).rejects.toThrow('422');
  });
});
