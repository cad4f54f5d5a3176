import { accountIdOf, escrowAddressOf, feedIdOf, ownerKeyOf, vaultIdOf } from '@bulkhead/sdk';
import { encodeAbiParameters, keccak256, zeroHash } from 'viem';
import { describe, expect, test } from 'vitest';

const owner = '0x4f3C0c96B5cdaD14a2c6079429A82453eC8B2dE0';

describe('derivations without a chain', () => {
  test('an externally owned account has one id on every chain, a contract one per chain', () => {
    const expected = keccak256(
      encodeAbiParameters([{ type: 'bytes' }, { type: 'bytes32' }], [`0x00010000001${`4${owner.slice(2)}`}`, zeroHash]),
    );
    expect(accountIdOf(owner)).toBe(expected);
    const here = accountIdOf({ contract: owner, chainId: 31_337 });
    expect(here).not.toBe(expected);
    expect(here).not.toBe(accountIdOf({ contract: owner, chainId: 31_338 }));
    expect(ownerKeyOf({ contract: owner, chainId: 31_337 })).toMatch(/^0x00010000027a69/);
  });

  test('case of an address changes nothing, and the salt changes everything', () => {
    expect(accountIdOf(owner.toLowerCase() as typeof owner)).toBe(accountIdOf(owner));
    expect(accountIdOf(owner, feedIdOf('salt'))).not.toBe(accountIdOf(owner));
  });

  test('every bucket has an escrow of its own', () => {
    const escrows = [0, 1, 2].map(bucket =>
      escrowAddressOf({ marginEngine: owner, vaultId: vaultIdOf(accountIdOf(owner), bucket) }),
    );
    expect(new Set(escrows).size).toBe(3);
  });
});
