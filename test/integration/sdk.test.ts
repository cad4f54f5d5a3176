import {
  iMarginEngineAbi,
  oracleHubAbi,
  testTokenAbi,
  timelockControllerAbi,
  vaultRegistryAbi,
} from '@bulkhead/contracts';
import { type LocalChain, type LocalKey, type Localnet, localKey, startLocalnet } from '@bulkhead/localnet';
import {
  accountIdOf,
  addressesOn,
  becomeMember,
  bulkheadActions,
  DeploymentUnknownError,
  decodeError,
  deposit,
  escrowAddressOf,
  escrowImplementationOf,
  feedIdOf,
  InsufficientFreeError,
  memberIdOf,
  NotCollateralError,
  NotTheAccountOwnerError,
  OutsideTradeBandError,
  onChainReport,
  ownerKeyOf,
  PushNotSignedError,
  parameterPushTypedData,
  priceDigest,
  RequirementNotMetError,
  rights,
  StalePriceError,
  sendPlan,
  TimelockUnexpectedOperationStateError,
  TradeIdUsedError,
  throughTimelock,
  UnhealthyError,
  UnknownVaultError,
  vaultIdOf,
  WrongNonceError,
  WrongSenderError,
} from '@bulkhead/sdk';
import { type AccountId, WAD } from '@bulkhead/shared';
import fc from 'fast-check';
import {
  createClient,
  createWalletClient,
  defineChain,
  type Hex,
  http,
  keccak256,
  publicActions,
  stringToHex,
  zeroHash,
} from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const usdc = (whole: bigint): bigint => whole * 1_000_000n;

/** A wallet of one key on one chain, with Bulkhead's actions. */
const walletOf = (chain: LocalChain, key: LocalKey) =>
  createWalletClient({ account: key.account, transport: http(chain.http), pollingInterval: 20 })
    .extend(publicActions)
    .extend(bulkheadActions({ addresses: chain.addresses }));

describe('the SDK on a local chain', () => {
  let localnet: Localnet;
  let chain: LocalChain;
  let proposer: ReturnType<typeof walletOf>;
  let operator: ReturnType<typeof walletOf>;
  let owner: ReturnType<typeof walletOf>;
  const [operatorKey, ownerKey] = [localKey('sdk', 'operator'), localKey('sdk', 'owner')];
  const memberId = memberIdOf('Example Protocol');
  const [makerVault, vault, emptyVault] = [
    vaultIdOf(accountIdOf(operatorKey.address), 0),
    vaultIdOf(accountIdOf(ownerKey.address), 0),
    vaultIdOf(accountIdOf(ownerKey.address), 1),
  ];

  beforeAll(async () => {
    localnet = await startLocalnet({ redis: false, seed: 'sdk' });
    [chain] = localnet.chains as [LocalChain];
    for (const { address } of [operatorKey, ownerKey]) await chain.client.setBalance({ address, value: 10n ** 20n });
    proposer = walletOf(chain, localnet.keys.proposer);
    operator = walletOf(chain, operatorKey);
    owner = walletOf(chain, ownerKey);
  });
  afterAll(() => localnet?.stop());

  const mint = async (to: ReturnType<typeof walletOf>, amount: bigint): Promise<void> => {
    const hash = await to.writeContract({
      address: chain.addresses.quoteToken,
      abi: testTokenAbi,
      functionName: 'mint',
      args: [to.account.address, amount],
      chain: null,
    });
    await to.waitForTransactionReceipt({ hash });
  };

  test('derives accounts, vaults and escrows as the contracts do', async () => {
    const registry = { address: chain.addresses.vaultRegistry, abi: vaultRegistryAbi } as const;
    const accountId = await chain.client.readContract({
      ...registry,
      functionName: 'accountIdOf',
      args: [ownerKeyOf(ownerKey.address), zeroHash],
    });
    expect(accountIdOf(ownerKey.address)).toBe(accountId);
    for (const bucket of [0, 1, 4_294_967_295]) {
      const vaultId = await chain.client.readContract({
        ...registry,
        functionName: 'vaultIdOf',
        args: [accountId, bucket],
      });
      expect(vaultIdOf(accountId as AccountId, bucket)).toBe(vaultId);
      const escrow = await chain.client.readContract({
        address: chain.addresses.marginEngine,
        abi: iMarginEngineAbi,
        functionName: 'escrowOf',
        args: [vaultId],
      });
      expect(escrowAddressOf({ marginEngine: chain.addresses.marginEngine, vaultId })).toBe(escrow);
    }
    const implementation = await chain.client.readContract({
      address: chain.addresses.marginEngine,
      abi: iMarginEngineAbi,
      functionName: 'escrowImplementation',
    });
    expect(escrowImplementationOf(chain.addresses.marginEngine)).toBe(implementation);
  });

  test('finds a deployment by the chain of its client, in an address book', async () => {
    const { addressBook: book } = localnet;
    expect(addressesOn(chain.chainId, book)).toMatchObject({ clearingHouse: chain.addresses.clearingHouse });
    expect(() => addressesOn(1, book)).toThrow(DeploymentUnknownError);
    const here = defineChain({
      id: chain.chainId,
      name: 'local',
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
      rpcUrls: { default: { http: [chain.http] } },
    });
    const client = createClient({ chain: here, transport: http(chain.http) }).extend(bulkheadActions({ book }));
    const opening = await client.openVaults({ from: ownerKey.address, count: 1 });
    expect(opening.steps[0]?.to).toBe(chain.addresses.vaultRegistry);
    const elsewhere = createClient({ chain: { ...here, id: 1 }, transport: http(chain.http) });
    expect(() => elsewhere.extend(bulkheadActions({ book }))).toThrow('Known chains: eip155:31337');
    expect(() => createClient({ transport: http(chain.http) }).extend(bulkheadActions())).toThrow(
      /client has no chain/,
    );
  });

  test('signs the digest that the oracle recovers from, for any report', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.bigInt(1n, 2n ** 112n - 1n),
        fc.bigInt(0n, 2n ** 104n - 1n),
        fc.nat(),
        async (price, confidence, time) => {
          const [report] = await localnet.feed.sign({ 'ETH/USD': price }, { time: time as never });
          if (!report) throw new Error('nothing was signed');
          const changed = { ...report, confidence: confidence as typeof report.confidence };
          const digest = await chain.client.readContract({
            address: chain.addresses.oracleHub,
            abi: oracleHubAbi,
            functionName: 'digest',
            args: [onChainReport(changed)],
          });
          expect(priceDigest(localnet.feedSetId, changed)).toBe(digest);
        },
      ),
      { numRuns: 10 },
    );
  });

  test('a protocol becomes a member: a proposer announces it, the timelock admits it after its delay, its operator joins (ADM-1)', async () => {
    const { admission, joining } = await operator.becomeMember({ name: 'Example Protocol', vaults: 2 });
    if (!admission) throw new Error('it is no member yet');
    await expect(sendPlan(operator, admission)).rejects.toThrow(WrongSenderError);
    await expect(joining.simulate()).rejects.toThrow(/no member/);
    await expect(
      throughTimelock(owner, { plan: admission }).then(each => sendPlan(owner, each.announcement)),
    ).rejects.toThrow(RequirementNotMetError);
    const { announcement, execution, delay, id } = await throughTimelock(proposer, { plan: admission });
    await expect(execution.simulate()).rejects.toThrow(TimelockUnexpectedOperationStateError);
    await sendPlan(proposer, announcement);
    const timelock = { address: chain.addresses.timelock, abi: timelockControllerAbi } as const;
    expect(await chain.client.readContract({ ...timelock, functionName: 'getTimestamp', args: [id] })).toBe(
      (await chain.client.getBlock()).timestamp + delay,
    );
    await chain.client.increaseTime({ seconds: Number(delay) });
    await chain.client.mine({ blocks: 1 });
    await sendPlan(proposer, execution);
    await expect(announcement.simulate()).rejects.toThrow(TimelockUnexpectedOperationStateError);
    const { result } = await joining.simulate();
    expect(result).toEqual({
      memberId,
      accountId: accountIdOf(operatorKey.address),
      vaultIds: [makerVault, vaultIdOf(accountIdOf(operatorKey.address), 1)],
    });
    expect(await sendPlan(operator, joining)).toHaveLength(2);
    const again = await becomeMember(operator, { addresses: chain.addresses, name: 'Example Protocol' });
    expect(again.admission).toBeUndefined();
  });

  test('only the admin can admit, and the plan says so before anything is sent', async () => {
    const plan = await owner.admitMember({ name: 'Another', operator: ownerKey.address });
    await expect(sendPlan(owner, plan)).rejects.toThrow(RequirementNotMetError);
    expect(plan.requirements).toMatchObject([{ kind: 'sender', met: false, expected: [chain.addresses.timelock] }]);
  });

  test('an owner registers twice without harm and opens vaults in bulk', async () => {
    await sendPlan(owner, owner.ensureAccount());
    await sendPlan(owner, owner.ensureAccount());
    const plan = await owner.openVaults({ count: 10, memberId });
    expect((await plan.simulate()).result).toEqual(
      Array.from({ length: 10 }, (_, bucket) => vaultIdOf(accountIdOf(ownerKey.address), bucket)),
    );
    await sendPlan(owner, plan);
    await sendPlan(owner, owner.setRights({ operator: operatorKey.address, rights: rights.trade }));
    await expect(plan.simulate()).rejects.toThrow(/already open/);
  });

  test('a deposit asks for exactly the approval that is missing, and refuses what the sender does not hold', async () => {
    const parameters = { vaultId: vault, token: chain.addresses.quoteToken, amount: usdc(1_000n) };
    const poor = await owner.deposit(parameters);
    expect(poor.requirements).toMatchObject([
      { kind: 'balance', met: false, current: 0n, needed: usdc(1_000n) },
      { kind: 'approval', met: false, current: 0n, needed: usdc(1_000n), spender: chain.addresses.marginEngine },
    ]);
    await expect(sendPlan(owner, poor)).rejects.toThrow(RequirementNotMetError);
    await mint(owner, usdc(2_000n));
    const plan = await owner.deposit(parameters);
    expect(plan.pending.map(step => step.to)).toEqual([chain.addresses.quoteToken, chain.addresses.marginEngine]);
    expect((await plan.simulate()).result).toBe(usdc(1_000n));
    expect(await sendPlan(owner, plan)).toHaveLength(2);
    expect(Object.isFrozen(plan) && Object.isFrozen(plan.steps) && Object.isFrozen(plan.steps[0])).toBe(true);
  });

  test('a deposit can be planned by a client without account, for a wallet elsewhere', async () => {
    const reader = createClient({ transport: http(chain.http) });
    const parameters = { addresses: chain.addresses, vaultId: vault, token: chain.addresses.quoteToken, amount: 1n };
    await expect(deposit(reader, parameters)).rejects.toThrow(/who will send it/);
    const plan = await deposit(reader, { ...parameters, from: ownerKey.address });
    expect(plan.from).toBe(ownerKey.address);
  });

  test('health carries its value, its block and the age of its oldest price', async () => {
    const { value, block, age } = await owner.health({ vaultId: vault });
    expect(value).toMatchObject({ equity: usdc(1_000n), maintenance: 0n, marketValue: usdc(1_000n), healthy: true });
    expect(age).toBe(0);
    expect(block).toMatchObject({ number: await chain.client.getBlockNumber(), hash: expect.stringMatching(/^0x/) });
  });

  test('a member novates between two vaults, once per trade id and near the mark', async () => {
    await mint(operator, usdc(100_000n));
    await sendPlan(
      operator,
      await operator.deposit({ vaultId: makerVault, token: chain.addresses.quoteToken, amount: usdc(100_000n) }),
    );
    const reports = await localnet.feed.publish({ 'ETH/USD': 3_000n * WAD });
    const trade = {
      instrument: 0,
      buyer: vault,
      seller: makerVault,
      size: WAD,
      price: 3_000n * WAD,
      tradeId: keccak256('0x01') as Hex,
      reports,
    };
    const far = await operator.novate({ ...trade, price: 3_100n * WAD });
    await expect(far.simulate()).rejects.toThrow(OutsideTradeBandError);
    await sendPlan(operator, await operator.novate(trade));
    await expect((await operator.novate(trade)).simulate()).rejects.toThrow(TradeIdUsedError);

    const { value, age } = await owner.health({ vaultId: vault });
    expect(value.maintenance).toBe(usdc(195n));
    expect(value.equity).toBe(usdc(1_000n));
    expect(age).toBeLessThan(10);
  });

  test('a withdrawal is refused where it would undermargin, and done where it would not', async () => {
    const take = (amount: bigint) => owner.withdraw({ vaultId: vault, token: chain.addresses.quoteToken, amount });
    await expect((await take(usdc(800n))).simulate()).rejects.toThrow(UnhealthyError);
    await expect((await take(usdc(5_000n))).simulate()).rejects.toThrow(InsufficientFreeError);
    await sendPlan(owner, await take(usdc(100n)));
    const stranger = await operator.withdraw({ vaultId: vault, token: chain.addresses.quoteToken, amount: 1n });
    expect(stranger.requirements).toMatchObject([{ kind: 'rights', met: false, rights: rights.withdraw }]);
    await expect(sendPlan(operator, stranger)).rejects.toThrow(RequirementNotMetError);
    await expect(stranger.simulate()).rejects.toThrow(/may not do this/);
  });

  test('an owner margins vaults together, changes the mode, and takes one out again (MRG-5)', async () => {
    const account = accountIdOf(owner.account.address);
    const second = vaultIdOf(account, 1) as Hex;
    const reports = await localnet.feed.publish({ 'ETH/USD': 3_000n * WAD });
    await expect(operator.formGroup({ vaults: [vault, second], mode: 'cross', reports }).simulate()).rejects.toThrow(
      NotTheAccountOwnerError,
    );
    await sendPlan(owner, owner.formGroup({ vaults: [vault, second], mode: 'cross', reports }));
    expect(await owner.marginGroup({ vaultId: second })).toEqual({ mode: 'cross', vaults: [vault, second], owes: [] });
    await sendPlan(owner, owner.setGroupMode({ lead: vault, mode: 'portfolio' }));
    expect((await owner.marginGroup({ vaultId: vault })).mode).toBe('portfolio');
    await sendPlan(owner, owner.leaveGroup({ vaultId: second }));
    expect(await owner.marginGroup({ vaultId: vault })).toEqual({ mode: 'segregated', vaults: [vault], owes: [] });
  });

  test('reads the rates in force, and sends a push that signers signed, once (MRG-7, ADM-3)', async () => {
    const { riskConfig, quoteToken } = chain.addresses;
    const ratesOf = () => owner.riskParameters({ riskConfig, of: { instrument: 0 } });
    const before = await ratesOf();
    const [initial, maintenance] = [WAD / 10n, (WAD * 65n) / 1000n];
    expect(before).toMatchObject({ initial, maintenance, newest: maintenance, rampStart: 0, nonce: 0n, epoch: 1n });
    const push = {
      key: before.key,
      initialWad: initial + WAD / 100n,
      maintenanceWad: maintenance + WAD / 100n,
      inputsHash: keccak256('0x03'),
      modelVersion: stringToHex('model 1', { size: 32 }),
      nonce: before.nonce,
      expiry: BigInt(before.block.time) + 600n,
      epoch: before.epoch,
    };
    const typed = parameterPushTypedData(chain.chainId, riskConfig, push);
    const signers = localnet.keys.priceSigners.slice(0, 2);
    const signatures = await Promise.all(signers.map(({ account }) => account.signTypedData(typed)));
    const send = (given: readonly Hex[], changed: Partial<typeof push> = {}) =>
      owner.pushParameters({ riskConfig, push: { ...push, ...changed }, signatures: given });
    await expect(send(signatures.slice(1)).simulate()).rejects.toThrow(PushNotSignedError);
    await expect(send(signatures, { initialWad: initial }).simulate()).rejects.toThrow(PushNotSignedError);
    await sendPlan(owner, send(signatures));
    const after = await ratesOf();
    expect(after).toMatchObject({ initial: push.initialWad, newest: push.maintenanceWad, nonce: 1n });
    expect(after.maintenance - maintenance, 'a few seconds of a day').toBeLessThan(WAD / 1_000_000n);
    expect(after.nextPush).toBe(after.rampStart + 86_400);
    await expect(send(signatures).simulate()).rejects.toThrow(WrongNonceError);
    await expect(owner.riskParameters({ riskConfig, of: { token: quoteToken } })).rejects.toThrow(NotCollateralError);
  });

  test('health of a vault that was never opened, or with a price too old, is an error with its name', async () => {
    await expect(owner.health({ vaultId: keccak256('0x02') })).rejects.toThrow(UnknownVaultError);
    await chain.client.increaseTime({ seconds: 3_600 });
    await chain.client.mine({ blocks: 1 });
    const failure = await owner.health({ vaultId: vault }).catch(decodeError);
    expect(failure).toBeInstanceOf(StalePriceError);
    expect((failure as InstanceType<typeof StalePriceError>).args[0]).toBe(feedIdOf('ETH/USD'));
    const { value } = await owner.health({ vaultId: emptyVault });
    expect(value.healthy).toBe(true);
  });
});
