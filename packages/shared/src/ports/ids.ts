/** Fresh names: holders of leases, traces. Unique over processes and restarts. */
export interface Ids {
  next(prefix: string): string;
}
