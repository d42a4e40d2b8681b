import { fileURLToPath } from 'node:url';
import { brokerAccessOf, createDriver } from '@risk-budget/messaging';
import { z } from 'zod';
import { renderReport } from './report.js';
import { verifyRun } from './verify-run.js';

const services = ['forecasting', 'allocation', 'utilization', 'limits', 'stress', 'attribution'];

/** The variables of the access file that standalone writes, and MESSAGING_URL. */
const environment = z.object({
  MESSAGING_URL: z.string().min(1),
  TOKEN_OPERATOR: z.string().min(1),
  TOKEN_RISK_MANAGER: z.string().min(1),
  ...Object.fromEntries(
    services.flatMap((service) => {
      const name = service.toUpperCase();
      return [
        [`${name}_URL`, z.url()],
        [`${name}_MANAGEMENT_URL`, z.url()],
      ];
    }),
  ),
});

/** Verifies the run of a system that is up. @returns the exit code */
async function main(dataDir: string): Promise<number> {
  const parsed = environment.safeParse(process.env);
  if (!parsed.success) {
    process.stderr.write(`The environment lacks something:\n${z.prettifyError(parsed.error)}\n`);
    return 2;
  }
  const read = (suffix: string) =>
    Object.fromEntries(services.map((service) => [service, process.env[`${service.toUpperCase()}_${suffix}`] ?? '']));
  const driver = createDriver(parsed.data.MESSAGING_URL, {
    ...brokerAccessOf(process.env),
    applicationName: 'verify-run',
  });
  try {
    const report = await verifyRun({
      driver,
      urls: read('URL'),
      managementUrls: read('MANAGEMENT_URL'),
      tokens: { operator: parsed.data.TOKEN_OPERATOR, riskManager: parsed.data.TOKEN_RISK_MANAGER },
      dataDir,
    });
    process.stdout.write(`${renderReport(report)}\n`);
    return report.passed ? 0 : 1;
  } finally {
    await driver.close();
  }
}

process.exitCode = await main(process.argv[2] ?? fileURLToPath(new URL('../../replay/data', import.meta.url)));
