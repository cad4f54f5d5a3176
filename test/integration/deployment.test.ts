/** Deploying and verifying, as an operator does it: the command line, a file, two chains that are not the same. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addressOf,
  contractAddressesOf,
  contractKeys,
  contractNames,
  create3Factory,
  deploymentOn,
  escrowImplementationOf,
} from '@bulkhead/addresses';
import { guardianAbi, oracleHubAbi, riskConfigAbi, timelockControllerAbi } from '@bulkhead/contracts';
import { planDeployment, type ReadClient, termsOf, verifyDeployment } from '@bulkhead/deployment';
import { type LocalClient, localClient } from '@bulkhead/localnet';
import { type AddressBook, type DeploymentFileInput, parseAddressBook, parseDeployment } from '@bulkhead/shared/config';
import { type Address, encodeFunctionData, type Hex, keccak256, pad, stringToHex } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Anvil, startAnvil } from '../support/anvil.ts';
import { cli, startCli } from '../support/bulkheadCli.ts';
import { deploymentFile, people, prepareForDeployment } from '../support/deploymentFile.ts';
import { type RpcFault, type RpcRule, startRpcProxy } from '../support/rpcProxy.ts';

const chainIds = [31_337, 31_399] as const;
const origin = { deployer: people.deployer.address, label: 'bulkhead' };
const at = contractAddressesOf(origin);
const env = { DEPLOYER_KEY: people.deployer.privateKey };

let anvils: readonly Anvil[];
let clients: readonly LocalClient[];
let right: DeploymentFileInput;
let directory: string;

interface Answer {
  readonly kind: string;
  readonly ok: boolean;
  readonly chains: readonly {
    readonly chain: string;
    readonly deployed: readonly string[];
    readonly examined: readonly { readonly findings: readonly { kind: string; contract: string; message: string }[] }[];
  }[];
}

const write = async (file: DeploymentFileInput): Promise<string> => {
  const path = join(directory, 'deployment.yaml');
  await writeFile(path, JSON.stringify(file));
  return path;
};

/** Runs the verb on a file; a key is there only when it is to deploy. */
const deploy = async (file: DeploymentFileInput, ...flags: readonly string[]) => {
  const outcome = await cli(['deploy', '--file', await write(file), '--json', ...flags], {
    env: flags.length === 0 ? env : {},
  });
  return { ...outcome, answer: outcome.stdout === '' ? undefined : (JSON.parse(outcome.stdout) as Answer) };
};

const first = (): LocalClient => clients[0] as LocalClient;
const sentBy = (client: LocalClient): Promise<number> =>
  client.getTransactionCount({ address: people.deployer.address });
const book = async (): Promise<AddressBook> => {
  const parsed = parseAddressBook(JSON.parse(await readFile(join(directory, 'address-book.json'), 'utf8')));
  if (!parsed.ok) throw new Error('the address book does not parse');
  return parsed.value;
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bulkhead-deployment-'));
  anvils = await Promise.all(chainIds.map(id => startAnvil(['--chain-id', `${id}`, '--hardfork', 'prague'])));
  clients = anvils.map(({ httpUrl }) => localClient(httpUrl));
  const tokens = await Promise.all(clients.map((client, index) => prepareForDeployment(client, index)));
  right = deploymentFile(
    anvils.map(({ httpUrl }, index) => ({
      id: `eip155:${chainIds[index]}`,
      endpoint: httpUrl,
      quoteToken: tokens[index] as Address,
    })),
  );
});

afterAll(async () => {
  await Promise.all(anvils?.map(anvil => anvil.stop()) ?? []);
  await rm(directory, { recursive: true, force: true });
});

describe('before anything stands', () => {
  test('a dry run says what would be sent, and sends nothing', async () => {
    const { code, stderr, answer } = await deploy(right, '--dry-run');
    expect(code).toBe(0);
    expect(answer?.chains.map(({ deployed }) => deployed)).toEqual([
      ['Create3Factory', ...contractNames],
      ['Create3Factory', ...contractNames],
    ]);
    expect(stderr).toContain(`would deploy MarginEngine at ${at.marginEngine}`);
    expect(await Promise.all(clients.map(sentBy))).toEqual([0, 0]);
  });

  test('verifying says of every contract that it is not there', async () => {
    const { code, answer } = await deploy(right, '--verify-only');
    expect(code).toBe(1);
    const kinds = answer?.chains[0]?.examined.flatMap(({ findings }) => findings.map(({ kind }) => kind)) ?? [];
    expect(kinds.filter(kind => kind === 'noCode')).toHaveLength(contractNames.length);
  });

  test('other code at one of the addresses stops everything, and is named', async () => {
    await first().setCode({ address: at.riskConfig, bytecode: '0x6001' });
    try {
      const { code, stderr } = await deploy(right);
      expect(code).toBe(1);
      expect(stderr).toContain('eip155:31337 RiskConfig:');
      expect(stderr).toContain('Remedy: An address takes one deployment. Choose another label');
      expect(await Promise.all(clients.map(sentBy))).toEqual([0, 0]);
    } finally {
      await first().setCode({ address: at.riskConfig, bytecode: '0x' });
    }
  });

  test('a run that the spend cap stopped has deployed some, and written no book', async () => {
    const capped = { ...right, signer: { ...right.signer, dailySpendCap: '30000000000000000' } };
    const { code, stderr } = await deploy(capped);
    expect(code).toBe(1);
    expect(stderr).toMatch(/signer\.dailySpendCap: \w+ may cost/);
    expect(await sentBy(first())).toBeGreaterThan(1);
    const balance = await first().getBalance({ address: people.deployer.address });
    expect(10n ** 20n - balance).toBeLessThanOrEqual(3n * 10n ** 16n);
    expect(await first().getCode({ address: at.clearingHouse })).toBeUndefined();
    await expect(book()).rejects.toThrow('ENOENT');
  });
});

describe('a half-done deployment', () => {
  test('goes on only on the terms that it began with: others are named before anything is sent', async () => {
    const before = await sentBy(first());
    const { code, stderr } = await deploy({ ...right, timelock: { ...right.timelock, minDelay: 60 } });
    expect(code).toBe(1);
    expect(stderr).toContain('eip155:31337 TimelockController: stands on other terms: getMinDelay is 172800');
    expect(stderr).toContain('Remedy: Go on with the file that began this deployment');
    expect(await sentBy(first())).toBe(before);
  });
});

describe('deployed', () => {
  test('Ctrl-C stops between two transactions, and the next run goes on to the end: every address is the computed one on both chains', async () => {
    const before = await sentBy(first());
    const running = startCli(['deploy', '--file', await write(right)], { env });
    await expect.poll(() => sentBy(first()), { timeout: 20_000, interval: 5 }).toBeGreaterThan(before);
    running.signal('SIGINT');
    const interrupted = await running.ended;
    expect(interrupted.code).toBe(130);
    expect(interrupted.stdout).toContain('it goes on from here');

    const { code, answer, stderr } = await deploy(right);
    expect(stderr).not.toContain('Remedy');
    expect(code).toBe(0);
    expect(answer?.ok).toBe(true);
    expect(answer?.chains[1]?.deployed).toEqual(['Create3Factory', ...contractNames]);
    for (const client of clients) {
      for (const name of contractNames) {
        expect(await client.getCode({ address: at[contractKeys[name]] }), name).toMatch(/^0x.{100}/);
      }
    }
    // One transaction for each contract and one for the factory, over all the runs.
    expect(await Promise.all(clients.map(sentBy))).toEqual([contractNames.length + 1, contractNames.length + 1]);
  });

  test('the factory itself predicts those addresses', async () => {
    const predicted = await first().readContract({
      address: create3Factory,
      abi: [
        {
          type: 'function',
          name: 'predict',
          stateMutability: 'view',
          inputs: [{ type: 'address' }, { type: 'bytes32' }],
          outputs: [{ type: 'address' }],
        },
      ],
      functionName: 'predict',
      args: [people.deployer.address, keccak256(stringToHex('bulkhead/ClearingHouse'))],
    });
    expect(predicted).toBe(addressOf(origin, 'ClearingHouse'));
  });

  test('the address book has both chains, with the block that nothing is older than', async () => {
    const written = await book();
    for (const [index, chainId] of chainIds.entries()) {
      const entry = deploymentOn(chainId, written);
      expect(entry?.quoteToken).toBe(right.chains[index]?.quoteToken.toLowerCase());
      const lower = Object.entries(at).map(([key, address]) => [key, address.toLowerCase()]);
      expect(entry?.contracts).toEqual(Object.fromEntries(lower));
      const code = { address: at.timelock, blockNumber: BigInt(entry?.block ?? 0) };
      expect(await clients[index]?.getCode(code)).toBeDefined();
      expect(await clients[index]?.getCode({ ...code, blockNumber: code.blockNumber - 1n })).toBeUndefined();
    }
  });

  test('deploying again sends nothing', async () => {
    const before = await Promise.all(clients.map(sentBy));
    const { code, answer } = await deploy(right);
    expect(code).toBe(0);
    expect(answer?.chains.map(({ deployed }) => deployed)).toEqual([[], []]);
    expect(await Promise.all(clients.map(sentBy))).toEqual(before);
  });
});

const overriding =
  (fault: RpcFault): RpcRule =>
  ({ method, params }) =>
    method === 'eth_call' && params.length > 2 ? fault : undefined;
const events =
  (fault: RpcFault): RpcRule =>
  ({ method }) =>
    method === 'eth_getLogs' ? fault : undefined;

describe('the verifier, without a key,', () => {
  /** What is found on the first chain, through the library that the command uses. */
  const look = async (input: DeploymentFileInput, client: ReadClient = first()) => {
    const file = parseDeployment(input);
    const chain = file.ok ? file.value.chains[0] : undefined;
    if (!file.ok || !chain) throw new Error('the file is right');
    const examined = await verifyDeployment(client, planDeployment(origin, termsOf(file.value, chain)), 0n);
    return examined.flatMap(each => each.findings);
  };

  /** Breaks one thing on the first chain, looks, and mends it. */
  const findings = async (breakIt: () => Promise<void>, file = right) => {
    const snapshot = await first().snapshot();
    try {
      await breakIt();
      return await look(file);
    } finally {
      await first().revert({ id: snapshot });
    }
  };

  const asTimelock = async (to: Address, data: Hex): Promise<void> => {
    await first().setBalance({ address: at.timelock, value: 10n ** 18n });
    await first().impersonateAccount({ address: at.timelock });
    const hash = await first().sendTransaction({ account: at.timelock, chain: null, to, data });
    expect((await first().waitForTransactionReceipt({ hash })).status).toBe('success');
  };

  const replaceInCode = async (address: Address, from: string, to: string): Promise<void> => {
    const code = (await first().getCode({ address })) ?? '0x';
    expect(code).toContain(from);
    await first().setCode({ address, bytecode: code.replaceAll(from, to) as Hex });
  };

  const word = (address: Address): string => pad(address).slice(2).toLowerCase();

  test('finds nothing wrong with what stands', async () => {
    const { code, answer } = await deploy(right, '--verify-only');
    expect(code).toBe(0);
    expect(answer?.chains.flatMap(({ examined }) => examined.flatMap(each => each.findings))).toEqual([]);
  });

  test('names a contract of which one byte was changed, on the chain where it was, and ends with 1', async () => {
    const snapshot = await first().snapshot();
    const bytes = (await first().getCode({ address: at.marginGroups })) ?? '0x';
    await first().setCode({ address: at.marginGroups, bytecode: `${bytes.slice(0, -2)}01` as Hex });
    const { code, answer } = await deploy(right, '--verify-only');
    await first().revert({ id: snapshot });
    expect(code).toBe(1);
    const [broken, whole] = answer?.chains ?? [];
    expect(broken?.examined.flatMap(each => each.findings)).toMatchObject([
      { kind: 'wrongCode', contract: 'MarginGroups' },
    ]);
    expect(whole?.examined.flatMap(each => each.findings)).toEqual([]);
  });

  test.each(contractNames)('names %s when there is nothing at its address', async name => {
    const found = await findings(() => first().setCode({ address: at[contractKeys[name]], bytecode: '0x' }));
    expect(found).toContainEqual(expect.objectContaining({ kind: 'noCode', contract: name }));
  });

  test('names a foreign admin in the code of a contract that tells nobody its admin (ADM-1)', async () => {
    const found = await findings(() => replaceInCode(at.oracleHub, word(at.timelock), word(people.stranger.address)));
    expect(found).toMatchObject([{ kind: 'wrongImmutable', contract: 'OracleHub' }]);
    expect(found[0]?.message).toContain(`names the address ${people.stranger.address}`);
    expect(found[0]?.message).toContain(`would have put the timelock (${at.timelock})`);
  });

  test('names a module that obeys another margin engine (ADM-5)', async () => {
    const found = await findings(() =>
      replaceInCode(at.closeOut, word(at.marginEngine), word(people.stranger.address)),
    );
    expect(found).toMatchObject([{ kind: 'wrongImmutable', contract: 'CloseOut' }]);
  });

  test('names a clearing house that runs other code on its storage (ADM-5)', async () => {
    const found = await findings(() =>
      replaceInCode(at.clearingHouse, word(at.defaultWaterfall), word(people.stranger.address)),
    );
    expect(found).toMatchObject([{ kind: 'wrongImmutable', contract: 'ClearingHouse' }]);
    expect(found[0]?.message).toContain(`would have put the defaultWaterfall (${at.defaultWaterfall})`);
  });

  test('names an escrow implementation that obeys somebody else (SEG-3)', async () => {
    const found = await findings(() =>
      replaceInCode(escrowImplementationOf(at.marginEngine), word(at.marginEngine), word(people.stranger.address)),
    );
    expect(found).toMatchObject([{ kind: 'wrongCode', contract: 'Escrow' }]);
  });

  test('names another threshold, and other signers', async () => {
    const signers = people.signers
      .map(({ address }) => address)
      .sort((left, right_) => (BigInt(left) < BigInt(right_) ? -1 : 1));
    const found = await findings(() =>
      asTimelock(
        at.oracleHub,
        encodeFunctionData({ abi: oracleHubAbi, functionName: 'setSigners', args: [signers, 3n] }),
      ),
    );
    expect(found).toMatchObject([{ kind: 'wrongValue', contract: 'OracleHub' }]);
    expect(found[0]?.message).toBe('threshold is 3; the deployment file says 2.');
    const args = [signers.slice(0, 2), 2n] as const;
    const rotated = await findings(() =>
      asTimelock(at.riskConfig, encodeFunctionData({ abi: riskConfigAbi, functionName: 'setSigners', args })),
    );
    expect(rotated).toMatchObject([{ contract: 'RiskConfig', message: expect.stringMatching(/^signers is/) }]);
  });

  test('names another guardian', async () => {
    const args = [people.stranger.address] as const;
    const found = await findings(() =>
      asTimelock(at.guardian, encodeFunctionData({ abi: guardianAbi, functionName: 'setGuardian', args })),
    );
    expect(found).toMatchObject([{ contract: 'Guardian', message: expect.stringMatching(/^guardian is/) }]);
  });

  test('names a proposer and an admin of the timelock that the file does not know, and one that is gone', async () => {
    const role = (name: string) => keccak256(stringToHex(name));
    const grant = (functionName: 'grantRole' | 'revokeRole', id: Hex, account: Address) =>
      asTimelock(at.timelock, encodeFunctionData({ abi: timelockControllerAbi, functionName, args: [id, account] }));
    const messages = async (breakIt: () => Promise<void>) =>
      (await findings(breakIt)).map(({ contract, message }) => `${contract} ${message}`.toLowerCase());
    const stranger = people.stranger.address.toLowerCase();
    expect(await messages(() => grant('grantRole', role('PROPOSER_ROLE'), people.stranger.address))).toEqual([
      `timelockcontroller ${stranger} has the role of proposer; the file does not give it.`,
    ]);
    expect(await messages(() => grant('grantRole', `0x${'0'.repeat(64)}`, people.stranger.address))).toEqual([
      `timelockcontroller ${stranger} has the role of admin; the file does not give it.`,
    ]);
    expect(await messages(() => grant('revokeRole', role('CANCELLER_ROLE'), people.proposer.address))).toEqual([
      `timelockcontroller ${people.proposer.address.toLowerCase()} has not the role of canceller, which the file gives it.`,
    ]);
  });

  test.each<readonly [string, RpcRule, readonly string[]]>([
    [
      'refuses state overrides',
      overriding({ kind: 'error', code: -32602, message: 'too many arguments' }),
      contractNames,
    ],
    ['passes over state overrides', overriding({ kind: 'result', result: '0x' }), contractNames],
    [
      'refuses to look for events',
      events({ kind: 'error', code: -32005, message: 'range too wide' }),
      ['TimelockController'],
    ],
    ['keeps no events', events({ kind: 'result', result: [] }), ['TimelockController']],
  ])('passes nothing that an endpoint which %s cannot show', async (_, rule, contracts) => {
    const proxy = await startRpcProxy(anvils[0]?.httpUrl ?? '');
    proxy.addRule(rule);
    try {
      const found = await look(right, localClient(proxy.httpUrl));
      expect(found.map(({ kind, contract }) => `${kind} ${contract}`)).toEqual(
        contracts.map(name => `cannotLook ${name}`),
      );
    } finally {
      await proxy.close();
    }
  });

  test('names every term that the file says otherwise: delay, ages, auction, floors, quote token', async () => {
    const changed: DeploymentFileInput = {
      ...right,
      chains: right.chains.map(chain => ({ ...chain, quoteToken: people.stranger.address })),
      timelock: { ...right.timelock, minDelay: 60 },
      oracle: { ...right.oracle, maxAge: { ...right.oracle.maxAge, liquidation: 31 } },
      auction: { ...right.auction, gap: 901 },
      portfolio: { ...right.portfolio, floorInitial: 0.03 },
    };
    const found = await look(changed);
    const named = found
      .filter(({ kind }) => kind === 'wrongValue')
      .map(({ contract, message }) => `${contract}.${message.split(' ')[0]}`);
    expect(new Set(named)).toEqual(
      new Set([
        'TimelockController.getMinDelay',
        'OracleHub.terms.maxAges',
        'LiquidationEngine.terms.gapSeconds',
        'PortfolioRequirements.floors',
        'MarginEngine.quoteToken',
      ]),
    );
  });
});

describe('a deployment file that is wrong', () => {
  test.each<readonly [string, (file: DeploymentFileInput) => unknown, RegExp, RegExp]>([
    [
      'another chain id',
      file => ({ ...file, chains: [{ ...file.chains[0], id: 'eip155:1' }] }),
      /^chains\[0\]\.id: .* is chain 31337/,
      /Correct the id or the endpoint/,
    ],
    [
      'a quote token that is none',
      file => ({ ...file, label: 'other', chains: [{ ...file.chains[0], quoteToken: people.stranger.address }] }),
      /^eip155:31337 quoteToken: .*does not answer as a token/,
      /Name an ERC-20/,
    ],
    [
      'a deployer that is not the key',
      file => ({ ...file, label: 'other', signer: { ...file.signer, address: people.stranger.address } }),
      /^signer\.address: says/,
      /Set signer\.address to/,
    ],
  ])('with %s is told where and how to mend it, and nothing is sent', async (_, change, problem, remedy) => {
    const before = await Promise.all(clients.map(sentBy));
    const { code, stderr } = await deploy(change(right) as DeploymentFileInput);
    expect(code).toBe(1);
    expect(stderr).toMatch(problem);
    expect(stderr).toMatch(remedy);
    expect(await Promise.all(clients.map(sentBy))).toEqual(before);
  });
});
