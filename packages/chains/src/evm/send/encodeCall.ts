import type { Address, Call, Hex, PriceReport } from '@bulkhead/shared';
import { encodeFunctionData } from 'viem';
import { clearingHouseAbi, liquidationEngineAbi, marginEngineAbi, oracleHubAbi } from '../abis.ts';
import type { EvmAddresses } from '../addresses.ts';

/** A call as the EVM takes it. No call of ours carries native currency. */
export interface EncodedCall {
  readonly to: Address;
  readonly data: Hex;
}

const reportsOf = (reports: readonly PriceReport[]) =>
  reports.map(report => ({
    feed: report.feed,
    priceWad: report.price as bigint,
    confWad: report.confidence as bigint,
    time: BigInt(report.time),
    epoch: report.epoch,
    signatures: report.signatures,
  }));

/** @param from who sends it: a no-op goes to the sender itself. */
export const encodeCall = (call: Call, from: Address, addresses: EvmAddresses): EncodedCall => {
  switch (call.kind) {
    case 'bid': {
      const bid = {
        vault: call.vault,
        bidderVault: call.bidderVault,
        fractionWad: call.fraction as bigint,
        limitWad: call.limit as bigint,
        lastTradeId: call.lastTrade,
        skip: call.skip,
        maxResidual: (call.maxResidual ?? 0n) as bigint,
        effectKey: call.effectKey,
        deadline: BigInt(call.deadline),
      };
      const args = [bid, reportsOf(call.reports)] as const;
      return {
        to: addresses.liquidationEngine,
        data: encodeFunctionData({ abi: liquidationEngineAbi, functionName: 'bid', args }),
      };
    }
    case 'touch': {
      const args = [call.vault, reportsOf(call.reports)] as const;
      return {
        to: addresses.liquidationEngine,
        data: encodeFunctionData({ abi: liquidationEngineAbi, functionName: 'touch', args }),
      };
    }
    case 'closeRound': {
      const args = [call.instrument, reportsOf(call.reports)] as const;
      return {
        to: addresses.clearingHouse,
        data: encodeFunctionData({ abi: clearingHouseAbi, functionName: 'closeRound', args }),
      };
    }
    case 'settle': {
      const args = [call.instrument, call.vaults] as const;
      return {
        to: addresses.clearingHouse,
        data: encodeFunctionData({ abi: clearingHouseAbi, functionName: 'settleMany', args }),
      };
    }
    case 'postPrices': {
      const args = [reportsOf(call.reports)] as const;
      return { to: addresses.oracleHub, data: encodeFunctionData({ abi: oracleHubAbi, functionName: 'post', args }) };
    }
    case 'novate': {
      const { instrument, buyer, seller, size, price, tradeId, reports } = call;
      const args = [instrument, buyer, seller, size as bigint, price as bigint, tradeId, reportsOf(reports)] as const;
      return {
        to: addresses.clearingHouse,
        data: encodeFunctionData({ abi: clearingHouseAbi, functionName: 'novate', args }),
      };
    }
    case 'deposit': {
      const args = [call.vault, call.token, call.amount as bigint] as const;
      return {
        to: addresses.marginEngine,
        data: encodeFunctionData({ abi: marginEngineAbi, functionName: 'deposit', args }),
      };
    }
    case 'noop':
      return { to: from, data: '0x' };
  }
};
