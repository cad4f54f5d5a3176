import type { Caip2 } from '@bulkhead/shared';
import type { ChainPolicy, Effects, EffectsDependencies } from './api.ts';
import { type ChainEffects, createChainEffects } from './chainEffects.ts';

const policyProblem = (policy: ChainPolicy): string | undefined => {
  if (!Number.isInteger(policy.maxUnconfirmed) || policy.maxUnconfirmed < 1 || policy.maxUnconfirmed > 4)
    return 'maxUnconfirmed must be 1 to 4';
  if (policy.gasLimitPercent < 100) return 'gasLimitPercent must be at least 100';
  return undefined;
};

/** Everything of one chain. A chain without signer or policy is a defect of the composition, not of the world: it throws. */
const compose = (dependencies: EffectsDependencies, id: Caip2): ChainEffects => {
  const { chains, signers, policy: policies, ids, ...ports } = dependencies;
  const chain = chains.get(id);
  const signer = signers.get(id);
  const policy = policies.get(id);
  if (!chain || !signer || !policy) throw new TypeError(`chain ${id} lacks a signer or a policy`);
  const problem = policyProblem(policy);
  if (problem !== undefined) throw new TypeError(`policy of ${id}: ${problem}`);
  // Without a state diff the wall guard cannot judge: such a chain is only observed, whatever the policy says.
  const mode = chain.capabilities.stateDiff ? policy.mode : 'observe';
  return createChainEffects({ ...ports, chain, signer, policy: { ...policy, mode } }, ids);
};

/**
 * Effects at most once, whatever crashes (DESIGN §7). One active process per shard and signer; others wait for the lease.
 *
 * @example
 * const effects = createEffects({ chains, signers, store, queue, clock, random, ids, log, metrics, handlers: { bid }, policy });
 * const running = effects.start(signal);
 * await effects.plan({ id, chain: 'eip155:31337', urgency: 'liquidation', handler: 'bid', … });
 */
export const createEffects = (dependencies: EffectsDependencies): Effects => {
  const byChain = new Map<Caip2, ChainEffects>();
  for (const id of dependencies.chains.keys()) byChain.set(id, compose(dependencies, id));

  const chosen = (id: Caip2 | undefined): readonly ChainEffects[] => {
    if (id === undefined) return [...byChain.values()];
    const found = byChain.get(id);
    return found ? [found] : [];
  };

  return Object.freeze<Effects>({
    plan: async plan => (await byChain.get(plan.chain)?.plan(plan)) ?? 'refused',
    async start(signal) {
      await Promise.all([...byChain.values()].map(effects => effects.start(signal)));
    },
    headSeen: (chain, block) => byChain.get(chain)?.headSeen(block),
    async drain() {
      await Promise.all([...byChain.values()].map(effects => effects.drain()));
    },
    cancel: async (chain, effect) => (await byChain.get(chain)?.cancel(effect)) ?? false,
    async pause(chain) {
      await Promise.all(chosen(chain).map(effects => effects.setPaused(true)));
    },
    async resume(chain) {
      await Promise.all(chosen(chain).map(effects => effects.setPaused(false)));
    },
    snapshot: () => Promise.all([...byChain.values()].map(effects => effects.snapshot())),
  });
};
