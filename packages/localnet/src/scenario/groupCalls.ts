import { marginGroupsAbi, portfolioRequirementsAbi } from '@bulkhead/contracts';
import { positionsHash, requirementTypedData } from '@bulkhead/sdk';
import type { GroupState, MarginMode, PositionState, QuoteAmount, Seconds } from '@bulkhead/shared';
import { encodeFunctionData, type Hex } from 'viem';
import type { LocalAddresses } from '../deploy/addresses.ts';
import type { LocalKey, LocalKeys } from '../keys.ts';
import type { LocalChain } from '../localnet.ts';
import type { OutgoingCall } from './outbox.ts';

const modes: Readonly<Record<MarginMode, number>> = { segregated: 0, cross: 1, portfolio: 2 };

/** Vaults in the order in which their quote is drawn on, the lead first. */
export const formGroupCall = (
  at: LocalAddresses,
  owner: LocalKey,
  vaults: readonly Hex[],
  mode: Exclude<MarginMode, 'segregated'>,
): OutgoingCall => ({
  from: owner,
  to: at.marginGroups,
  data: encodeFunctionData({ abi: marginGroupsAbi, functionName: 'form', args: [vaults, modes[mode], []] }),
  gas: 3_000_000n,
  what: `margining ${vaults.length} vaults together`,
});

/** What an attestation is for. */
export interface AttestedGroup extends Pick<GroupState, 'vault' | 'vaults'> {
  readonly positions: readonly Pick<PositionState, 'vault' | 'instrument' | 'size'>[];
}

export interface LocalRequirement {
  readonly initial: QuoteAmount;
  readonly maintenance: QuoteAmount;
  /** Time of the newest price, seconds. */
  readonly priceTime: Seconds;
  readonly expiry: Seconds;
}

/** The price signers of the local network attest: two of them sign for exactly the positions of the group given. */
export const attestCall = async (
  chain: LocalChain,
  keys: LocalKeys,
  group: AttestedGroup,
  requirement: LocalRequirement,
): Promise<OutgoingCall> => {
  const { addresses: at } = chain;
  const [first, second] = keys.priceSigners;
  if (first === undefined || second === undefined) throw new RangeError('two signers attest');
  const message = {
    group: group.vault,
    positionsHash: positionsHash(group.vaults, group.positions),
    im: requirement.initial,
    mm: requirement.maintenance,
    priceTime: BigInt(requirement.priceTime),
    expiry: BigInt(requirement.expiry),
    epoch: 1n,
  };
  const typed = requirementTypedData(chain.chainId, at.portfolioRequirements, message);
  const signatures = await Promise.all([first, second].map(({ account }) => account.signTypedData(typed)));
  return {
    from: keys.house,
    to: at.portfolioRequirements,
    data: encodeFunctionData({
      abi: portfolioRequirementsAbi,
      functionName: 'attest',
      args: [[{ ...message, signatures }]],
    }),
    gas: 500_000n,
    what: 'attesting a requirement',
  };
};
