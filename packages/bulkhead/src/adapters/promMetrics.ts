import type { Labels, Metrics } from '@bulkhead/shared/ports';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** From 1 ms to 2 min: from a decision to a transaction's finality. */
const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

export interface PromMetrics extends Metrics {
  /** The Prometheus text format. */
  expose(): Promise<string>;
  readonly contentType: string;
}

/** Prometheus metrics named `bulkhead_…`. A metric is made at its first use; its label names are those of that use. */
export const promMetrics = (): PromMetrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'bulkhead_' });
  const made = new Map<string, Counter | Gauge | Histogram>();

  const get = <Kind extends Counter | Gauge | Histogram>(
    name: string,
    labels: Labels,
    make: (full: Full) => Kind,
  ): Kind => {
    const known = made.get(name);
    if (known) return known as Kind;
    const metric = make({
      name: `bulkhead_${name}`,
      help: name.replaceAll('_', ' '),
      labelNames: Object.keys(labels),
      registers: [registry],
    });
    made.set(name, metric);
    return metric;
  };

  return Object.freeze<PromMetrics>({
    count: (name, labels = {}, by = 1) => get(name, labels, full => new Counter(full)).inc({ ...labels }, by),
    gauge: (name, value, labels = {}) => get(name, labels, full => new Gauge(full)).set({ ...labels }, value),
    observe: (name, value, labels = {}) =>
      get(name, labels, full => new Histogram({ ...full, buckets: secondsBuckets })).observe({ ...labels }, value),
    expose: () => registry.metrics(),
    contentType: registry.contentType,
  });
};

interface Full {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry[];
}
