/** Reads every book, position, debt and escrow balance of a chain at one block, straight from contracts and tokens. */
import { clearingHouseAbi, marginEngineAbi, testTokenAbi } from '@bulkhead/contracts';
import type { Address, BlockRef, GroupState, VaultId } from '@bulkhead/shared';
import type { Chain } from '@bulkhead/shared/ports';
import type { PublicClient } from 'viem';
import type { AssetView, VaultView } from './model.ts';
import type { Contracts } from './transactions.ts';

export interface BlockReading {
  readonly groups: readonly GroupState[];
  readonly views: readonly VaultView[];
}

/** Vaults a call: what an endpoint runs in one `eth_call` without hesitating. */
const batch = 50;

const inBatches = <Item>(items: readonly Item[]): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / batch) }, (_, index) =>
    items.slice(index * batch, (index + 1) * batch),
  );

const lower = <Text extends string>(text: Text): Text => text.toLowerCase() as Text;

export const createBlockReader = (options: {
  readonly chain: Chain;
  readonly client: PublicClient;
  readonly contracts: Contracts;
  /** Every listed token, quote included. */
  readonly tokens: readonly Address[];
}) => {
  const { chain, client, contracts, tokens } = options;
  const escrows = new Map<VaultId, Address>();
  const common = { multicallAddress: contracts.multicall3, allowFailure: false } as const;

  /** An escrow's address is fixed before it exists (CREATE2), so that what is sent to it early is counted too. */
  const learnEscrows = async (vaults: readonly VaultId[]): Promise<void> => {
    const unknown = vaults.filter(vault => !escrows.has(vault));
    if (unknown.length === 0) return;
    const found = await client.multicall({
      ...common,
      contracts: unknown.map(vault => ({
        address: contracts.marginEngine,
        abi: marginEngineAbi,
        functionName: 'escrowOf' as const,
        args: [vault] as const,
      })),
    });
    for (const [index, vault] of unknown.entries()) escrows.set(vault, lower(found[index] as Address));
  };

  const balances = async (vaults: readonly VaultId[], block: bigint): Promise<readonly bigint[]> =>
    (await client.multicall({
      ...common,
      blockNumber: block,
      contracts: vaults.flatMap(vault =>
        tokens.map(token => ({
          address: token,
          abi: testTokenAbi,
          functionName: 'balanceOf' as const,
          args: [escrows.get(vault) ?? token] as const,
        })),
      ),
    })) as readonly bigint[];

  /** Settled claims only: closing a round is shared market data, and changes nothing here until a vault is settled. */
  const debts = async (vaults: readonly VaultId[], block: bigint) =>
    client.multicall({
      ...common,
      blockNumber: block,
      contracts: vaults.map(vault => ({
        address: contracts.clearingHouse,
        abi: clearingHouseAbi,
        functionName: 'owedAndDueOf' as const,
        args: [vault] as const,
      })),
    });

  const viewOf = (
    vault: VaultId,
    group: GroupState | undefined,
    live: readonly bigint[],
    debt: readonly [bigint, bigint],
  ): VaultView => {
    const assets = new Map<Address, AssetView>(
      tokens.map((token, index) => {
        const booked = group?.assets.find(asset => asset.vault === vault && lower(asset.token) === token);
        return [
          token,
          {
            live: live[index] ?? 0n,
            free: booked?.free ?? 0n,
            locked: booked?.locked ?? 0n,
            credit: booked?.credit ?? 0n,
          },
        ];
      }),
    );
    return {
      vault,
      assets,
      owed: debt[0],
      due: debt[1],
      positions: new Map(
        (group?.positions ?? [])
          .filter(each => each.vault === vault && each.size !== 0n)
          .map(each => [each.instrument, each.size]),
      ),
    };
  };

  const readBatch = async (vaults: readonly VaultId[], at: BlockRef): Promise<BlockReading> => {
    const [groups, live, owedAndDue] = await Promise.all([
      chain.readGroups(vaults, at),
      balances(vaults, at.number),
      debts(vaults, at.number),
    ]);
    if (!groups.ok) throw new Error(groups.error.message);
    const groupOf = new Map(groups.value.value.flatMap(group => group.vaults.map(vault => [vault, group] as const)));
    const views = vaults.map((vault, place) => {
      const own = live.slice(place * tokens.length, (place + 1) * tokens.length);
      return viewOf(vault, groupOf.get(vault), own, owedAndDue[place] as readonly [bigint, bigint]);
    });
    return { groups: groups.value.value, views };
  };

  return async (vaults: readonly VaultId[], at: BlockRef): Promise<BlockReading> => {
    await learnEscrows(vaults);
    const parts = await Promise.all(inBatches(vaults).map(part => readBatch(part, at)));
    return { groups: parts.flatMap(part => part.groups), views: parts.flatMap(part => part.views) };
  };
};
