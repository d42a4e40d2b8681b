import { isAbsolute, join } from 'node:path';
import { parseArgs } from 'node:util';
import { missingRequirement } from './artifacts.js';
import { Broker, wipe } from './broker.js';

const usage = `npm run pulsar -- start | stop | status | wipe | token ROLE  [--dir FOLDER]
  start   starts a broker on 127.0.0.1 and waits until it is ready; ports are chosen once and kept
  stop    stops it; what it stored stays
  status  says whether it runs, and where
  wipe    stops it and removes everything
  token   prints a token for a role (admin may do everything)
  --dir   data, secrets and log (default .data/pulsar)`;

/** Runs one command. @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { dir: { type: 'string', default: '.data/pulsar' } },
  });
  const workspace = join(import.meta.dirname, '..', '..', '..');
  const dir = isAbsolute(values.dir) ? values.dir : join(workspace, values.dir);
  const [command, role] = positionals;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  switch (command) {
    case 'start': {
      const missing = missingRequirement();
      if (missing !== undefined) throw new Error(`A broker cannot run here: ${missing}.`);
      describe(await Broker.start({ dir, say }), say);
      return 0;
    }
    case 'stop':
      await (await Broker.attach(dir))?.stop();
      return 0;
    case 'status': {
      const broker = await Broker.attach(dir);
      if (broker === undefined) say(`No broker runs on ${dir}.`);
      else describe(broker, say);
      return broker === undefined ? 1 : 0;
    }
    case 'wipe':
      await (await Broker.attach(dir))?.kill();
      await wipe(dir);
      return 0;
    case 'token': {
      const broker = await Broker.attach(dir);
      if (broker === undefined) throw new Error(`No broker runs on ${dir}.`);
      say(await broker.token(role));
      return 0;
    }
    default:
      say(usage);
      return 2;
  }
}

function describe(broker: Broker, say: (line: string) => void): void {
  say(`Pulsar ready: ${broker.serviceUrl}, ${broker.webSocketUrl}, administration ${broker.adminUrl}`);
  say(`TLS: ${broker.serviceUrlTls}, ${broker.webSocketUrlTls}, trust ${broker.certificateFile}`);
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
