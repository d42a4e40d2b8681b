import { DataSource } from 'typeorm';

export interface Report {
  status: string;
  checks: Record<string, { ok: boolean; detail?: string; [figure: string]: unknown }>;
}

/** What readiness says. */
export async function ready(url: string): Promise<{ status: number; report: Report }> {
  const response = await fetch(`${url}/health/ready`);
  return { status: response.status, report: (await response.json()) as Report };
}

/** Why a check fails; empty when it does not. */
export async function detail(url: string, check: string): Promise<string> {
  return (await ready(url)).report.checks[check]?.detail ?? '';
}

/** Ends every connection to a database and lets no role in but a superuser. @returns how to let them in again */
export async function takeAway(databaseUrl: string): Promise<() => Promise<void>> {
  const server = new URL(databaseUrl);
  const name = server.pathname.slice(1);
  server.pathname = '/postgres';
  const ask = async (...statements: string[]): Promise<void> => {
    const admin = await new DataSource({ type: 'postgres', url: server.toString() }).initialize();
    for (const statement of statements) await admin.query(statement);
    await admin.destroy();
  };
  await ask(
    `ALTER DATABASE ${name} CONNECTION LIMIT 0`,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
  );
  return () => ask(`ALTER DATABASE ${name} CONNECTION LIMIT -1`);
}

/** Whether its management port answers. */
export async function reachable(url: () => string): Promise<boolean> {
  try {
    return (await fetch(`${url()}/health/live`)).ok;
  } catch {
    return false;
  }
}
