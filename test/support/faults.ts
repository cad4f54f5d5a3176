/** Where a fault strikes: the n-th call of a port's method, counted over one incarnation. */
export interface FaultPoint {
  readonly label: string;
  readonly n: number;
  /** before: nothing happened. afterEffect: it happened, the caller never hears. afterReply: the caller has the answer. */
  readonly moment: 'before' | 'afterEffect' | 'afterReply';
}

export interface FaultPlan {
  /** Sees every labelled point as it is passed, in order. */
  readonly passing?: (point: FaultPoint) => void;
  /** Called at every point; what it does (kill, pause, throw) is the fault. It may return a promise that holds the caller there. */
  readonly strike: (point: FaultPoint) => void | Promise<void>;
}

type Method = (...args: readonly unknown[]) => unknown;

/**
 * Decorates a port: each of its methods becomes a labelled point `name.method`. Product code knows nothing of it.
 * @param skip methods that return no promise, or are no effects and would only blow up the enumeration.
 */
export const withFaults = <Port extends object>(
  name: string,
  port: Port,
  plan: FaultPlan,
  skip: readonly string[] = [],
): Port => {
  const counts = new Map<string, number>();
  const decorate =
    (label: string, method: Method): Method =>
    async (...args) => {
      const n = (counts.get(label) ?? 0) + 1;
      counts.set(label, n);
      const at = async (moment: FaultPoint['moment']): Promise<void> => {
        plan.passing?.({ label, n, moment });
        await plan.strike({ label, n, moment });
      };
      await at('before');
      const value = await method(...args);
      await at('afterEffect');
      // The caller goes on first, as far as it gets without asking anybody.
      void Promise.resolve().then(() => at('afterReply'));
      return value;
    };
  const decorated: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(port))
    decorated[key] =
      typeof value === 'function' && !skip.includes(key)
        ? decorate(`${name}.${key}`, (value as Method).bind(port))
        : value;
  return Object.freeze(decorated) as Port;
};
