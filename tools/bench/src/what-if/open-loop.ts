import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

export interface Load {
  readonly url: string;
  readonly token: string;
  readonly perSecond: number;
  /** Answered and not counted. */
  readonly warmUp: number;
  readonly measured: number;
  body(index: number): unknown;
}

/**
 * Posts bodies at an even rate: each begins when it is due, whether those before are answered or not, so that a slow answer
 * delays nobody else's start and shows in all that wait behind it.
 *
 * @returns milliseconds from when each request was due to the last byte of its answer
 * @throws Error at the first answer that is not 200
 */
export async function openLoop({ url, token, perSecond, warmUp, measured, body }: Load): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const times: number[] = [];
  const running: Promise<void>[] = [];
  const began = performance.now();
  try {
    for (let index = 0; index < warmUp + measured; index++) {
      const due = began + (index * 1000) / perSecond;
      const delay = due - performance.now();
      if (delay > 0) await wait(delay);
      const answered = post(agent, url, token, body(index)).then(({ status, text }) => {
        if (status !== 200) throw new Error(`${status}: ${text}`);
        if (index >= warmUp) times.push(performance.now() - due);
      });
      answered.catch(() => undefined); // shows below
      running.push(answered);
    }
    await Promise.all(running);
    return times;
  } finally {
    agent.destroy();
  }
}

function post(agent: Agent, url: string, token: string, body: unknown): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const call = request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    call.on('error', reject);
    call.end(JSON.stringify(body));
  });
}
