export type Labels = Readonly<Record<string, string>>;

/** Counters, gauges and histograms in base units (seconds, bytes, wei). Names are Prometheus names without prefix. */
export interface Metrics {
  count(name: string, labels?: Labels, by?: number): void;
  gauge(name: string, value: number, labels?: Labels): void;
  /** @param value in the base unit that the name ends with. */
  observe(name: string, value: number, labels?: Labels): void;
}
