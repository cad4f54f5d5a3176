import { feedIdOf, onChainReport, priceDigest, signPriceReport } from '@bulkhead/sdk';
import { priceWad, seconds, WAD } from '@bulkhead/shared';
import { keccak256, recoverAddress, stringToHex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';

const feedSetId = keccak256(stringToHex('test'));
const report = {
  feed: feedIdOf('ETH/USD'),
  price: priceWad(3_000n * WAD),
  confidence: priceWad(WAD),
  time: seconds(1_795_550_196),
  epoch: 1n,
};

describe('signed prices', () => {
  test('are signed by everyone asked, in strictly increasing order of address (BR-4)', async () => {
    const signers = Array.from({ length: 5 }, () => privateKeyToAccount(generatePrivateKey()));
    const signed = await signPriceReport({ feedSetId, signers, report });
    const digest = priceDigest(feedSetId, report);
    const recovered = await Promise.all(
      signed.signatures.map(signature => recoverAddress({ hash: digest, signature })),
    );
    expect(new Set(recovered)).toEqual(new Set(signers.map(signer => signer.address)));
    const numbers = recovered.map(BigInt);
    expect(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0n))).toBe(true);
    for (const signature of signed.signatures) expect(signature).toMatch(/^0x[0-9a-f]{128}(1b|1c)$/);
  });

  test('bind every field and the feed set', () => {
    const digests = [
      priceDigest(feedSetId, report),
      priceDigest(keccak256('0x01'), report),
      priceDigest(feedSetId, { ...report, feed: feedIdOf('BTC/USD') }),
      priceDigest(feedSetId, { ...report, price: priceWad(report.price + 1n) }),
      priceDigest(feedSetId, { ...report, confidence: priceWad(report.confidence + 1n) }),
      priceDigest(feedSetId, { ...report, time: seconds(report.time + 1) }),
      priceDigest(feedSetId, { ...report, epoch: 2n }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  test('go on chain field for field', () => {
    expect(onChainReport({ ...report, signatures: ['0x12'] })).toEqual({
      feed: report.feed,
      priceWad: 3_000n * WAD,
      confWad: WAD,
      time: 1_795_550_196n,
      epoch: 1n,
      signatures: ['0x12'],
    });
  });
});
