import { connect } from 'node:net';
import { StandaloneProcess } from './standalone-process.js';

describe('npm start', () => {
  let first: StandaloneProcess;

  beforeAll(async () => {
    first = await StandaloneProcess.start(['--empty']);
    await first.access();
  });
  afterAll(() => first.remove());

  it('says in one sentence that a second one on the same data cannot start', async () => {
    const second = await StandaloneProcess.start(['--empty'], { dataDir: first.dataDir });
    const { code, output } = await second.ended;
    expect(code).toBe(1);
    expect(output).toMatch(/is in use by process \d+; stop it, or choose another data folder/);
    expect(output).not.toMatch(/^\s+at /m);
  });

  it('says in one sentence that a port is in use', async () => {
    const second = await StandaloneProcess.start(['--empty'], { portBase: first.portBase });
    const { code, output } = await second.ended;
    await second.remove();
    expect(code).toBe(1);
    expect(output).toMatch(new RegExp(`Port ${first.portBase + 1} on 127.0.0.1 is in use`));
  });

  it('refuses a bad option and names what it takes', async () => {
    const second = await StandaloneProcess.start(['--twice']);
    const { code, output } = await second.ended;
    await second.remove();
    expect(code).toBe(2);
    expect(output).toMatch(/--port-base N/);
  });

  it('ends clean on Ctrl-C, and keeps its keys over a restart', async () => {
    const before = await first.access();
    first.kill('SIGINT');
    expect(await first.ended).toMatchObject({ code: 0 });
    await expect(answers(first.portBase + 1)).resolves.toBe(false);
    const dataDir = first.dataDir;
    first = await StandaloneProcess.start(['--empty'], { dataDir });
    const after = await first.access();
    const headers = { authorization: `Bearer ${before['TOKEN_VIEWER'] ?? ''}` };
    const answer = await fetch(`${after['UTILIZATION_URL'] ?? ''}/v1/portfolios`, { headers });
    expect(answer.status).toBe(200);
  });
});

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
