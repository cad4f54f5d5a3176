import { describe, expect, test } from 'vitest';
import { type DeploymentFileInput, formatProblem, parseAddressBook, parseDeployment } from './index.ts';

const address = (digit: string) => `0x${digit.repeat(40)}`;
const quorum = { signers: [address('1'), address('2'), address('3')], threshold: 2 };

const right = (): DeploymentFileInput => ({
  chains: [{ id: 'eip155:31337', endpoint: 'http://127.0.0.1:8545', quoteToken: address('a') }],
  signer: { address: address('b'), keystore: 'key.json', passwordFile: 'password' },
  timelock: { minDelay: 172_800, proposers: [address('c')], executors: [address('0')] },
  guardian: address('d'),
  oracle: {
    feedSetId: `0x${'fe'.repeat(32)}`,
    ...quorum,
    maxAge: { riskIncrease: 10, liquidation: 30, settlement: 60 },
    maxStep: 0.1,
    confirmBand: 0.02,
    maxConfidence: 0.01,
    stableRate: 0.00003,
  },
  risk: { ...quorum, maxStep: 0.02 },
  portfolio: { ...quorum, floorInitial: 0.02, floorMaintenance: 0.01 },
  auction: {
    buffer: 0.15,
    startDiscount: 0.98,
    kneeDiscount: 0.8,
    floorDiscount: 0.5,
    knee: 1200,
    floor: 43_200,
    reward: 3600,
    gap: 900,
    dust: '10000000',
  },
});

const messagesOf = (raw: unknown): readonly string[] => {
  const parsed = parseDeployment(raw);
  return parsed.ok ? [] : parsed.error.map(formatProblem);
};

describe('a deployment file', () => {
  test('that is right gives shares as WAD, to the last digit, and the label of a first deployment', () => {
    const parsed = parseDeployment(right());
    if (!parsed.ok) throw new Error(parsed.error.map(formatProblem).join('\n'));
    expect(parsed.value.auction.startDiscount).toBe(980_000_000_000_000_000n);
    expect(parsed.value.oracle.maxConfidence).toBe(10_000_000_000_000_000n);
    expect(parsed.value.label).toBe('bulkhead');
    expect(parsed.value.addressBook).toBe('address-book.json');
  });

  test.each<readonly [string, (file: DeploymentFileInput) => unknown, RegExp]>([
    [
      'too many of the signers',
      file => ({ ...file, oracle: { ...file.oracle, threshold: 4 } }),
      /^oracle\.threshold: found 4 of 3; .*BR-4/,
    ],
    [
      'half of the signers',
      file => ({ ...file, risk: { ...file.risk, signers: [...quorum.signers, address('4')] } }),
      /^risk\.threshold: found 2 of 4/,
    ],
    [
      'one signer',
      file => ({ ...file, risk: { ...file.risk, threshold: 1 } }),
      /^risk\.threshold: .*at least two signers/,
    ],
    [
      'a signer twice',
      file => ({ ...file, portfolio: { ...file.portfolio, signers: [address('1'), address('1'), address('2')] } }),
      /^portfolio\.signers: .*each of attesters once/,
    ],
    [
      'a misspelt key',
      file => ({ ...file, guardain: file.guardian }),
      /^guardain: found a key .*Did you mean "guardian"/,
    ],
    [
      'no timelock',
      ({ timelock: _, ...file }) => file,
      /^timelock: found nothing; allowed: a block with the keys minDelay, proposers, executors/,
    ],
    [
      'no delay',
      file => ({ ...file, timelock: { ...file.timelock, minDelay: 0 } }),
      /^timelock\.minDelay: found the number 0/,
    ],
    [
      'nobody who proposes',
      file => ({ ...file, timelock: { ...file.timelock, proposers: [] } }),
      /^timelock\.proposers: .*at least 1 of proposers/,
    ],
    [
      'a rising auction',
      file => ({ ...file, auction: { ...file.auction, floorDiscount: 0.9 } }),
      /^auction: found discounts that rise/,
    ],
    [
      'a band wider than half of the step',
      file => ({ ...file, oracle: { ...file.oracle, confirmBand: 0.06 } }),
      /^oracle\.confirmBand: .*at most half of maxStep/,
    ],
    [
      'a stable price that follows at once',
      file => ({ ...file, oracle: { ...file.oracle, stableRate: 0.2 } }),
      /^oracle\.stableRate: .*at most 0\.1/,
    ],
    [
      'a floor above the other',
      file => ({ ...file, portfolio: { ...file.portfolio, floorMaintenance: 0.03 } }),
      /^portfolio\.floorMaintenance: .*at most floorInitial/,
    ],
    [
      'a chain twice',
      file => ({ ...file, chains: [...file.chains, ...file.chains] }),
      /^chains\[1\]\.id: found eip155:31337 a second time/,
    ],
  ])('with %s is refused before a constructor would refuse it', (_, change, message) => {
    expect(messagesOf(change(right()))).toEqual([expect.stringMatching(message)]);
  });
});

describe('an address book', () => {
  test('with a mistake names it', () => {
    const parsed = parseAddressBook({ version: 1, chains: { 'eip155:1': { deployer: '0x12' } } });
    const messages = parsed.ok ? [] : parsed.error.map(formatProblem);
    expect(messages[0]).toMatch(/^chains\.eip155:1\.deployer: found the text "0x12"; allowed: a 20-byte address/);
  });
});
