/**
 * From nothing to a liquidation: the script of docs/tutorial/first-liquidation.md, which explains it part by part.
 * Run it with `./bulkhead exec node test/examples/firstLiquidation.ts`.
 */
import { liquidationEngineAbi, testTokenAbi } from '@bulkhead/contracts';
import { firstVaultOf, type LocalChain, type LocalKey, localKey, startLocalnet } from '@bulkhead/localnet';
import { bulkheadActions, decodeError, onChainReport, rights, sendPlan } from '@bulkhead/sdk';
import {
  createWalletClient,
  formatUnits,
  http,
  keccak256,
  parseUnits,
  publicActions,
  stringToHex,
  zeroHash,
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

/** @param say takes one line of what happens. */
export const firstLiquidation = async (say: (line: string) => void) => {
  // 1. A chain with everything on it, and two people: your protocol and its customer.
  const localnet = await startLocalnet({ redis: false, seed: 'first liquidation' });
  try {
    const [chain] = localnet.chains;
    if (!chain) throw new Error('the network has no chain');
    const { quoteToken, liquidationEngine } = chain.addresses;
    const [protocolKey, customerKey] = [localKey('tutorial', 'protocol'), localKey('tutorial', 'customer')];
    for (const { address } of [protocolKey, customerKey]) {
      await chain.client.setBalance({ address, value: 10n ** 20n });
    }
    const protocol = walletOf(chain, protocolKey);
    const customer = walletOf(chain, customerKey);

    // 2. Your protocol becomes a member.
    const { admission, joining } = await protocol.becomeMember({ name: 'My Protocol' });
    if (admission) await chain.asAdmin(admission.steps);
    const membership = (await joining.simulate()).result;
    await sendPlan(protocol, joining);
    const [makerVault] = membership.vaultIds;
    if (!makerVault) throw new Error('the member has no vault');
    say(`member ${membership.memberId.slice(0, 10)}… has the vault ${makerVault.slice(0, 10)}…`);

    // 3. Its customer opens a vault, lets the protocol trade in it, and pays collateral in.
    await sendPlan(customer, customer.ensureAccount());
    const opening = await customer.openVaults({ count: 1, memberId: membership.memberId });
    const [vaultId] = (await opening.simulate()).result;
    if (!vaultId) throw new Error('the customer has no vault');
    await sendPlan(customer, opening);
    await sendPlan(customer, customer.setRights({ operator: protocolKey.address, rights: rights.trade }));

    const payIn = async (wallet: Wallet, into: typeof vaultId, amount: bigint): Promise<void> => {
      const mint = { address: quoteToken, abi: testTokenAbi, functionName: 'mint', chain: null } as const;
      const hash = await wallet.writeContract({ ...mint, args: [wallet.account.address, amount] });
      await wallet.waitForTransactionReceipt({ hash });
      await sendPlan(wallet, await wallet.deposit({ vaultId: into, token: quoteToken, amount }));
    };
    await payIn(customer, vaultId, usdc('600'));
    await payIn(protocol, makerVault, usdc('100000'));

    // 4. The protocol writes a position: the customer buys 1 ETH at 3000 from the protocol's own vault.
    await sendPlan(
      protocol,
      await protocol.novate({
        instrument: 0,
        buyer: vaultId,
        seller: makerVault,
        size: wad('1'),
        price: wad('3000'),
        tradeId: keccak256(stringToHex('my first trade')),
        reports: await localnet.feed.publish({ 'ETH/USD': wad('3000') }),
      }),
    );
    const before = await customer.health({ vaultId });
    say(`at 3000: E ${show(before.value.equity)}, MM ${show(before.value.maintenance)}, healthy`);

    // 5. The price falls. The same vault is now below its maintenance requirement.
    const posted = await localnet.publishAndPost({ 'ETH/USD': wad('2540') });
    const fallen = await customer.health({ vaultId });
    say(`at 2540: E ${show(fallen.value.equity)}, MM ${show(fallen.value.maintenance)}, can be liquidated`);

    // 6. Anybody with a vault at the same venue may bid. Here a keeper that the local network has funded.
    const [keeperKey] = localnet.keys.keepers;
    if (!keeperKey) throw new Error('the network has no keeper');
    const keeper = walletOf(chain, keeperKey);
    const bid = {
      vault: vaultId,
      bidderVault: firstVaultOf(keeperKey),
      fractionWad: wad('1'),
      limitWad: wad('1'),
      lastTradeId: zeroHash,
      skip: [],
      maxResidual: 0n,
      effectKey: keccak256(stringToHex('my first bid')),
      deadline: (await chain.client.getBlock()).timestamp + 60n,
    };
    const call = {
      address: liquidationEngine,
      abi: liquidationEngineAbi,
      functionName: 'bid',
      args: [bid, posted.map(onChainReport)],
    } as const;
    const { result } = await keeper.simulateContract(call);
    const hash = await keeper.writeContract({ ...call, chain: null });
    await keeper.waitForTransactionReceipt({ hash });
    const taken = (Number(formatUnits(result.fractionWad, 18)) * 100).toFixed(1);
    say(`a keeper took ${taken} % of everything in the vault and paid ${show(result.paid)} for it`);

    // 7. The rest is healthy again, and the same bid is refused: an effect key is good for one effect.
    const after = await customer.health({ vaultId });
    say(`afterwards: E ${show(after.value.equity)}, MM ${show(after.value.maintenance)}, healthy`);
    const refused = await keeper.simulateContract(call).catch(decodeError);
    const name = refused instanceof Error ? refused.name : 'nothing';
    say(`the same bid once more: ${name}`);
    return { before: before.value, fallen: fallen.value, after: after.value, result, refusal: name };
  } finally {
    await localnet.stop();
  }
};

if (import.meta.main) await firstLiquidation(line => void process.stdout.write(`${line}\n`));
