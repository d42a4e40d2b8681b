/** What one check found. */
export interface CheckResult {
  readonly ok: boolean;
  /** In words, when there is something to say. */
  readonly detail?: string;
  /** Figures behind the answer. */
  readonly [figure: string]: unknown;
}

export type Check = () => Promise<CheckResult> | CheckResult;

export interface ReadinessReport {
  readonly status: 'ready' | 'unready';
  readonly checks: Readonly<Record<string, CheckResult>>;
}

const timeoutMs = 2000;

/** Whether a service may be sent traffic: every check must say so, and each says why not. */
export class Readiness {
  private readonly checks = new Map<string, Check>();

  /** Adds a check, or replaces the one of that name. */
  set(name: string, check: Check): void {
    this.checks.set(name, check);
  }

  async report(): Promise<ReadinessReport> {
    const results = await Promise.all([...this.checks].map(async ([name, check]) => [name, await run(check)] as const));
    const ready = results.every(([, result]) => result.ok);
    return { status: ready ? 'ready' : 'unready', checks: Object.fromEntries(results) };
  }
}

async function run(check: Check): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, detail: `no answer within ${timeoutMs} ms` }), timeoutMs);
  });
  try {
    return await Promise.race([Promise.resolve().then(check), timeout]);
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
