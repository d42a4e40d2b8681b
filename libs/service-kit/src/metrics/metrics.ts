import { Counter, Gauge, Histogram, Registry } from 'prom-client';

type Labels = readonly string[];

/**
 * The Prometheus metrics of one service instance, in a registry of its own. Asking twice for a metric of the same name gives the same one.
 * Names are `risk_budget_<what>_<unit>`.
 */
export class Metrics {
  readonly registry = new Registry();

  constructor(labels: { readonly service: string; readonly instance: string }) {
    this.registry.setDefaultLabels({ ...labels });
  }

  counter<L extends string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return (
      this.existing<Counter<L>>(name) ??
      new Counter({ name, help, labelNames: mutable(labelNames), registers: [this.registry] })
    );
  }

  gauge<L extends string>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    return (
      this.existing<Gauge<L>>(name) ??
      new Gauge({ name, help, labelNames: mutable(labelNames), registers: [this.registry] })
    );
  }

  /** A gauge whose value is asked for at each scrape. */
  observedGauge(name: string, help: string, value: () => number | Promise<number>): void {
    if (this.existing(name) !== undefined) return;
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect(): Promise<void> {
        this.set(await value());
      },
    });
  }

  /** @param buckets upper bounds, in the unit of the metric's name */
  histogram<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
    buckets: readonly number[] = secondsBuckets,
  ): Histogram<L> {
    return (
      this.existing<Histogram<L>>(name) ??
      new Histogram({ name, help, labelNames: mutable(labelNames), buckets: [...buckets], registers: [this.registry] })
    );
  }

  private existing<M>(name: string): M | undefined {
    return this.registry.getSingleMetric(name) as M | undefined;
  }
}

/** Fine around the promises of the service: 20, 50, 100 and 500 milliseconds. */
const secondsBuckets: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

function mutable<L extends string>(labels: readonly L[]): L[] {
  return [...labels] satisfies Labels as L[];
}
