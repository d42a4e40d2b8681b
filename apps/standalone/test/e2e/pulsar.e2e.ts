import { join } from 'node:path';
import { Broker } from '@risk-budget/pulsar';
import { brokerOrReason } from '@risk-budget/pulsar/testing';
import { pythonWithPulsar, runOutsideClient } from './outside-client.js';
import { StandaloneProcess } from './standalone-process.js';

const describeHere = brokerOrReason() === undefined ? describe : describe.skip;

describeHere('npm run start:pulsar', () => {
  const python = pythonWithPulsar();
  if (python === undefined)
    process.stderr.write('\n*** SKIPPED: the independent client, for this machine has no Python 3 ***\n\n');
  const itHere = python === undefined ? it.skip : it;

  itHere(
    'serves a client that knows nothing but the AsyncAPI document: it publishes to us and reads what we publish',
    async () => {
      const run = await StandaloneProcess.start(['--empty'], { entry: 'pulsar' });
      try {
        await run.saying(/Up\. Ctrl-C ends\./);
        const broker = await Broker.attach(join(run.dataDir, 'pulsar'));
        if (broker === undefined) throw new Error('no broker runs');
        const token = await broker.token('upstream');
        const outside = await runOutsideClient(python ?? '', broker.serviceUrl, 'risk-budget', token);
        expect(outside.nav).toBeCloseTo(outside.expectedNav, 6);
        expect(outside.volatilityAnnual).toBeGreaterThan(0);
        expect(outside.seen).toMatchObject({
          'utilization.snapshot-taken.v1': expect.any(Number) as number,
          'platform.clock-reached.v1': expect.any(Number) as number,
          'platform.service-status.v1': expect.any(Number) as number,
        });
        expect(outside.services).toEqual(
          ['allocation', 'attribution', 'forecasting', 'limits', 'stress', 'utilization'].map(
            (name) => `/risk-budget/${name}`,
          ),
        );
      } finally {
        await run.remove();
      }
    },
  );
});
