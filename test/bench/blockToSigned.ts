import { liquidationEngineAbi, vaultLensAbi } from '@bulkhead/contracts';
import { type BlockRef, type Hex32, seconds, type VaultId } from '@bulkhead/shared';
import { createBareScript } from './bareScript.ts';
import { type BidWorld, startBidWorld } from './bidWorld.ts';
import { startOurBids } from './ourBids.ts';
import { type Bench, row } from './row.ts';
import { percentile, showMs } from './statistics.ts';

const pairs = 150;
/** Enough for the process to be as warm as one that has run for a while. */
const warmUp = 40;

const mineBlock = async ({ local }: BidWorld): Promise<BlockRef> => {
  await local.client.mine({ blocks: 1 });
  const { number, hash, timestamp } = await local.client.getBlock();
  return { number, hash, time: seconds(Number(timestamp)) };
};

/** Positions do not move here between seeding and the bid, so this need not be read in the timed part: a keeper has it in its book. */
const lastTradesOf = async (world: BidWorld): Promise<ReadonlyMap<VaultId, Hex32>> => {
  const at = world.local.addresses;
  const core = {
    registry: at.vaultRegistry,
    marginEngine: at.marginEngine,
    clearingHouse: at.clearingHouse,
    liquidationEngine: at.liquidationEngine,
    oracleHub: at.oracleHub,
    groups: at.marginGroups,
    requirements: at.portfolioRequirements,
  };
  const groups = await world.local.client.readContract({
    address: at.vaultLens,
    abi: vaultLensAbi,
    functionName: 'groups',
    args: [core, [...world.failing]],
  });
  return new Map(world.failing.map((vault, index) => [vault, groups[index]?.lastTrade as Hex32]));
};

/** A bid that did not land was no bid: then nothing was measured. */
const requireFilled = async (world: BidWorld, each: number): Promise<void> => {
  const fills = await world.local.client.getContractEvents({
    address: world.local.addresses.liquidationEngine,
    abi: liquidationEngineAbi,
    eventName: 'BidFilled',
    fromBlock: 0n,
    strict: true,
  });
  for (const [index, { vault }] of world.bidders.entries()) {
    const filled = fills.filter(({ args }) => args.bidderVault === vault).length;
    if (filled !== each) throw new Error(`bidder ${index} filled ${filled} of its ${each} bids`);
  }
};

const measure = async (world: BidWorld, say: (line: string) => void) => {
  const [first, second] = world.bidders;
  if (!first || !second) throw new Error('there are no two bidders');
  const ours = await startOurBids(world, first);
  const bare = createBareScript(world, second);
  const lastTrades = await lastTradesOf(world);
  const [oursMs, bareMs]: [number[], number[]] = [[], []];
  const next = world.failing[Symbol.iterator]();
  const take = (): VaultId => next.next().value as VaultId;
  try {
    for (let pair = 0; pair < pairs + warmUp; pair++) {
      const vault = take();
      let block = await mineBlock(world);
      let seenAt = performance.now();
      const our = await ours.bid(block, vault, lastTrades.get(vault) as Hex32);
      if (pair >= warmUp) oursMs.push(our.signedAt - seenAt);
      await ours.settle(await mineBlock(world));

      block = await mineBlock(world);
      seenAt = performance.now();
      const their = await bare.bid(block, take());
      if (pair >= warmUp) bareMs.push(their.signedAt - seenAt);
      if (pair % 20 === 19) say(`${pair + 1} of ${pairs + warmUp} pairs`);
    }
  } finally {
    await ours.stop();
  }
  await requireFilled(world, pairs + warmUp);
  return { oursMs, bareMs };
};

export const blockToSigned: Bench = {
  name: 'signed',
  about: 'block seen → bid signed, against a bare script on the same anvil',
  async run(say) {
    say('starting a chain, its Redis, and vaults that fail …');
    const world = await startBidWorld(2 * (pairs + warmUp));
    try {
      const { oursMs, bareMs } = await measure(world, say);
      const [ours, bare] = [percentile(oursMs, 0.95), percentile(bareMs, 0.95)];
      const show = (times: readonly number[]): string =>
        [0.5, 0.95].map(share => `p${share * 100} ${showMs(percentile(times, share))}`).join(', ');
      say(`ours ${show(oursMs)}; bare script ${show(bareMs)}; ${pairs} of each, in turn`);
      return [
        row('block seen → signed, ratio to the bare script (p95)', ours / bare, '×', 'lower', 1.3),
        row('block seen → signed (p95)', ours, 'ms', 'lower'),
        row('block seen → signed, bare script (p95)', bare, 'ms', 'lower'),
      ];
    } finally {
      await world.stop();
    }
  },
};
