/**
 * A venue of one's own, from its deployment to a liquidation: the script of docs/how-to/integrate-a-venue.md.
 * Run it with `./bulkhead exec node test/examples/ownVenue.ts`.
 */
import { lendingDeskAbi, lendingDeskBytecode, liquidationEngineAbi, testTokenAbi } from '@bulkhead/contracts';
import { type LocalChain, type LocalKey, localKey, startLocalnet } from '@bulkhead/localnet';
import { bulkheadActions, onChainReport, sendPlan } from '@bulkhead/sdk';
import {
  type Address,
  createWalletClient,
  formatUnits,
  type Hex,
  http,
  keccak256,
  parseUnits,
  publicActions,
  stringToHex,
} from 'viem';

const usdc = (text: string): bigint => parseUnits(text, 6);
const wad = (text: string): bigint => parseUnits(text, 18);
const show = (amount: bigint): string => `${Number(formatUnits(amount, 6)).toFixed(2)} USDC`;

/** A wallet of one key on one chain, with Bulkhead's actions. */
const walletOf = (chain: LocalChain, key: LocalKey) =>
  createWalletClient({ account: key.account, transport: http(chain.http), pollingInterval: 20 })
    .extend(publicActions)
    .extend(bulkheadActions({ addresses: chain.addresses }));
type Wallet = ReturnType<typeof walletOf>;

/** Waits until a transaction is in a block, and throws when it failed there. */
const done = async (wallet: Wallet, hash: Promise<Hex>): Promise<Address | null | undefined> => {
  const receipt = await wallet.waitForTransactionReceipt({ hash: await hash });
  if (receipt.status !== 'success') throw new Error(`transaction ${receipt.transactionHash} failed`);
  return receipt.contractAddress;
};

/** @param say takes one line of what happens. */
export const ownVenue = async (say: (line: string) => void) => {
  // 1. A chain with everything on it, and four people.
  const localnet = await startLocalnet({ redis: false, seed: 'own venue' });
  try {
    const [chain] = localnet.chains;
    if (!chain) throw new Error('the network has no chain');
    const { addresses, client } = chain;
    const weth = addresses.tokens['WETH'];
    if (!weth) throw new Error('the network has no ether');
    const people = ['protocol', 'lender', 'borrower', 'bidder'].map(name => localKey('own venue', name));
    for (const { address } of people) await client.setBalance({ address, value: 10n ** 20n });
    const [protocol, lender, borrower, bidder] = people.map(key => walletOf(chain, key));
    if (!protocol || !lender || !borrower || !bidder) throw new Error('somebody is missing');

    // 2. The protocol deploys its venue. Nobody is asked: a venue becomes one when an owner chooses it.
    const deployment = {
      registry: addresses.vaultRegistry,
      marginEngine: addresses.marginEngine,
      liquidationEngine: addresses.liquidationEngine,
      oracle: addresses.oracleHub,
    };
    const terms = { yearlyRateWad: wad('0.08'), imRateWad: wad('0.1'), mmRateWad: wad('0.05') };
    const desk = await done(
      protocol,
      protocol.deployContract({
        abi: lendingDeskAbi,
        bytecode: lendingDeskBytecode,
        args: [deployment, terms],
        chain: null,
      }),
    );
    if (!desk) throw new Error('the desk has no address');
    const at = { address: desk, abi: lendingDeskAbi } as const;
    // A debt grows by the second, and what a call needs may change between an estimate and its block.
    const sending = { ...at, chain: null, gas: 3_000_000n } as const;

    const mint = (wallet: Wallet, token: Address, amount: bigint) =>
      done(
        wallet,
        wallet.writeContract({
          address: token,
          abi: testTokenAbi,
          functionName: 'mint',
          args: [wallet.account.address, amount],
          chain: null,
        }),
      );

    // 3. A lender supplies quote. It needs no vault: its shares are the desk's business.
    await mint(lender, addresses.quoteToken, usdc('50000'));
    const approval = { address: addresses.quoteToken, abi: testTokenAbi, functionName: 'approve' } as const;
    await done(lender, lender.writeContract({ ...approval, args: [desk, usdc('50000')], chain: null }));
    await done(lender, lender.writeContract({ ...sending, functionName: 'supply', args: [usdc('50000')] }));

    // 4. Two owners open a vault that names the desk as its venue, and pay in.
    const openAndPayIn = async (wallet: Wallet, token: Address, amount: bigint) => {
      await sendPlan(wallet, wallet.ensureAccount());
      const opening = await wallet.openVaults({ venue: desk });
      const [vaultId] = (await opening.simulate()).result;
      if (!vaultId) throw new Error('no vault was opened');
      await sendPlan(wallet, opening);
      await mint(wallet, token, amount);
      await sendPlan(wallet, await wallet.deposit({ vaultId, token, amount }));
      return vaultId;
    };
    const vaultId = await openAndPayIn(borrower, weth, wad('1'));
    const bidderVault = await openAndPayIn(bidder, addresses.quoteToken, usdc('10000'));

    // 5. The borrower borrows against its ether and takes the money away.
    const reports = (await localnet.publishAndPost({ 'ETH/USD': wad('3000') })).map(onChainReport);
    await done(
      borrower,
      borrower.writeContract({ ...sending, functionName: 'borrow', args: [vaultId, usdc('2200'), reports] }),
    );
    await sendPlan(
      borrower,
      await borrower.withdraw({
        vaultId,
        token: addresses.quoteToken,
        amount: usdc('2200'),
        // A price is good for some seconds only: a fresh one goes along.
        reports: await localnet.feed.publish({ 'ETH/USD': wad('3000') }),
      }),
    );
    const before = (await borrower.health({ vaultId })).value;
    say(`at 3000: E ${show(before.equity)}, MM ${show(before.maintenance)}, healthy`);

    // 6. The price falls, and anybody with a vault at the desk bids: the same engine, the same call as for any venue.
    const posted = await localnet.publishAndPost({ 'ETH/USD': wad('2500') });
    const fallen = (await borrower.health({ vaultId })).value;
    say(`at 2500: E ${show(fallen.equity)}, MM ${show(fallen.maintenance)}, can be liquidated`);
    const bid = {
      vault: vaultId,
      bidderVault,
      fractionWad: wad('1'),
      limitWad: wad('1'),
      lastTradeId: await client.readContract({ ...at, functionName: 'lastTradeOf', args: [vaultId] }),
      skip: [],
      maxResidual: 0n,
      effectKey: keccak256(stringToHex('my first bid')),
      deadline: (await client.getBlock()).timestamp + 60n,
    };
    const call = {
      address: addresses.liquidationEngine,
      abi: liquidationEngineAbi,
      functionName: 'bid',
      args: [bid, posted.map(onChainReport)],
    } as const;
    const { result } = await bidder.simulateContract(call);
    await done(bidder, bidder.writeContract({ ...call, chain: null, gas: 3_000_000n }));
    const taken = (Number(formatUnits(result.fractionWad, 18)) * 100).toFixed(1);
    say(`a bidder took ${taken} % of the ether and of the debt, and paid ${show(result.paid)} for it`);

    // 7. The rest is healthy again; the lender has lost nothing.
    const after = (await borrower.health({ vaultId })).value;
    say(`afterwards: E ${show(after.equity)}, MM ${show(after.maintenance)}, healthy`);
    const debtOf = (vault: Hex) => client.readContract({ ...at, functionName: 'debtOf', args: [vault] });
    say(`the borrower owes ${show(await debtOf(vaultId))}, the bidder ${show(await debtOf(bidderVault))}`);
    const claim = await client.readContract({ ...at, functionName: 'claimOf', args: [lender.account.address] });
    say(`the lender's claim is ${show(claim)}`);
    return { before, fallen, after, result, claim };
  } finally {
    await localnet.stop();
  }
};

if (import.meta.main) await ownVenue(line => void process.stdout.write(`${line}\n`));
