import { createEvmChain, type EvmChain } from '@bulkhead/chains/evm';
import { milliseconds } from '@bulkhead/shared';
import { noMetrics, realClock, silentLog } from './clocks.ts';
import type { TradeDesk } from './tradeNet.ts';

/** Opens the EVM adapter on one endpoint: two blocks make a block final, because anvil has no consensus to ask. */
export const openDeskChain = async (desk: TradeDesk, http: string): Promise<EvmChain> => {
  const opened = await createEvmChain({
    id: desk.chain,
    endpoints: [{ http }],
    addresses: desk.addresses,
    clock: realClock,
    log: silentLog,
    metrics: noMetrics,
    headMaxAge: milliseconds(3_600_000),
    finality: { confirmedAfter: 1, finalAfter: 2 },
    requestTimeout: milliseconds(2_000),
  });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  return opened.value;
};
