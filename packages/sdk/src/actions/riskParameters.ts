import { iClearingHouseAbi, iMarginEngineAbi, iRiskConfigAbi } from '@bulkhead/contracts';
import { type Seconds, seconds, type Wad, wad } from '@bulkhead/shared';
import { type Address, encodeFunctionData, type Hex } from 'viem';
import { getBlock, readContract } from 'viem/actions';
import { collateralKey, instrumentKey } from '../parameter/parameterKey.ts';
import type { ParameterPushMessage } from '../parameter/parameterPushTypedData.ts';
import { createPlan, type Plan, type ReadClient } from '../plan/plan.ts';
import { orDecoded } from '../plan/requirements.ts';
import { senderOf } from '../plan/senderOf.ts';
import type { ActionParameters, PlanParameters } from './parameters.ts';

/** The haircuts of a collateral, or the rates of an instrument. */
export type ParameterSubject = { readonly token: Address } | { readonly instrument: number };

export interface RiskParametersParameters extends ActionParameters {
  readonly riskConfig: Address;
  readonly of: ParameterSubject;
}

/** What counts at one block, and what the next push of it must name. */
export interface RiskParametersReading {
  readonly key: Hex;
  /** In force: for everything that raises risk. */
  readonly initial: Wad;
  /** In force; on its way to `newest` since `rampStart`, for 24 hours. */
  readonly maintenance: Wad;
  readonly newest: Wad;
  /** 0: as listed. */
  readonly rampStart: Seconds;
  /** Of the next push. */
  readonly nonce: bigint;
  /** Of the signers. */
  readonly epoch: bigint;
  /** From when signers may push it again, seconds; past: they may. */
  readonly nextPush: Seconds;
  readonly block: { readonly number: bigint; readonly time: Seconds };
}

const storedOf = (client: ReadClient, { addresses, of }: RiskParametersParameters, blockNumber: bigint) =>
  'token' in of
    ? readContract(client, {
        address: addresses.marginEngine,
        abi: iMarginEngineAbi,
        functionName: 'haircutsOf',
        args: [of.token],
        blockNumber,
      })
    : readContract(client, {
        address: addresses.clearingHouse,
        abi: iClearingHouseAbi,
        functionName: 'ratesOf',
        args: [of.instrument],
        blockNumber,
      });

/**
 * Reads the haircuts of a collateral or the rates of an instrument, all at one block. Throws `NotCollateralError` for quote and `NoRatesError` for
 * options: they have none.
 *
 * @example
 * import { riskParameters } from '@bulkhead/sdk'
 *
 * const { maintenance, newest, nonce } = await riskParameters(client, { addresses, riskConfig, of: { token } })
 */
export const riskParameters = async (
  client: ReadClient,
  parameters: RiskParametersParameters,
): Promise<RiskParametersReading> => {
  const { riskConfig, of } = parameters;
  const key = 'token' in of ? collateralKey(of.token) : instrumentKey(of.instrument);
  const block = await orDecoded(getBlock(client, { blockTag: 'latest' }));
  const config = { address: riskConfig, abi: iRiskConfigAbi, blockNumber: block.number } as const;
  const [stored, [initial, maintenance], nonce, epoch, nextPush] = await orDecoded(
    Promise.all([
      storedOf(client, parameters, block.number),
      readContract(client, { ...config, functionName: 'effectiveOf', args: [key] }),
      readContract(client, { ...config, functionName: 'countOf', args: [key] }),
      readContract(client, { ...config, functionName: 'epoch' }),
      readContract(client, { ...config, functionName: 'nextPushOf', args: [key] }),
    ]),
  );
  return Object.freeze({
    key,
    initial: wad(initial),
    maintenance: wad(maintenance),
    newest: wad(stored.maintenanceWad),
    rampStart: seconds(Number(stored.rampStart)),
    nonce,
    epoch,
    nextPush: seconds(Number(nextPush)),
    block: Object.freeze({ number: block.number, time: seconds(Number(block.timestamp)) }),
  });
};

export interface PushParametersParameters extends PlanParameters {
  readonly riskConfig: Address;
  readonly push: ParameterPushMessage;
  /** Of at least M signers, in increasing order of their addresses. */
  readonly signatures: readonly Hex[];
}

/**
 * Plan that sends a push which signers signed (`parameterPushTypedData`). Anyone may.
 *
 * @example
 * import { pushParameters, sendPlan } from '@bulkhead/sdk'
 *
 * await sendPlan(wallet, pushParameters(wallet, { addresses, riskConfig, push, signatures }))
 */
export const pushParameters = (client: ReadClient, parameters: PushParametersParameters): Plan<void> => {
  const from = senderOf(client, parameters.from, 'pushParameters');
  const { push, signatures } = parameters;
  const data = encodeFunctionData({
    abi: iRiskConfigAbi,
    functionName: 'push',
    args: [{ ...push, signatures }],
  });
  return createPlan(client, {
    name: 'pushParameters',
    from,
    steps: [{ description: `tighten parameters of ${push.key}`, from, to: parameters.riskConfig, data, value: 0n }],
    decode: () => undefined,
  });
};
