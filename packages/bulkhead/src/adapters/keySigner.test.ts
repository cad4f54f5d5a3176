import { type Address, type UnsignedTransaction, wei } from '@bulkhead/shared';
import {
  parseTransaction,
  recoverTransactionAddress,
  serializeTransaction,
  type TransactionSerializableEIP1559,
} from 'viem';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { keySigner, observingSigner } from './keySigner.ts';

const key = generatePrivateKey();
const own = privateKeyToAddress(key).toLowerCase() as Address;
const engine: Address = `0x${'e1'.repeat(20)}`;
const other: Address = `0x${'f2'.repeat(20)}`;
const signer = keySigner(key, [{ chain: 'eip155:31337', to: engine, selector: '0xAABBCCDD' }]);

const transaction = (
  content: Partial<TransactionSerializableEIP1559> = {},
  described: Partial<UnsignedTransaction> = {},
): UnsignedTransaction => {
  const bytes = serializeTransaction({
    type: 'eip1559',
    chainId: 31_337,
    nonce: 3,
    to: engine,
    data: '0xaabbccdd00',
    gas: 100_000n,
    maxFeePerGas: 2n,
    maxPriorityFeePerGas: 1n,
    ...content,
  });
  return {
    chain: 'eip155:31337',
    from: own,
    to: engine,
    selector: '0xaabbccdd',
    value: wei(0n),
    nonce: 3n,
    gasLimit: 100_000n,
    fees: { maxFeePerGas: wei(2n), maxPriorityFeePerGas: wei(1n) },
    bytes,
    ...described,
  };
};

const refusalOf = async (unsigned: UnsignedTransaction) => {
  const signed = await signer.sign(unsigned);
  return signed.ok ? undefined : signed.error.kind;
};

describe('the signer', () => {
  test('signs an allowed call, and exactly that', async () => {
    const signed = await signer.sign(transaction());
    if (!signed.ok) throw new Error(signed.error.message);
    const bytes = signed.value.bytes as `0x02${string}`;
    expect((await recoverTransactionAddress({ serializedTransaction: bytes })).toLowerCase()).toBe(own);
    expect(parseTransaction(bytes)).toMatchObject({ to: engine, data: '0xaabbccdd00', nonce: 3, chainId: 31_337 });
  });

  test('fills a nonce with a transfer of nothing to itself', async () => {
    expect(await refusalOf(transaction({ to: own, data: '0x' }))).toBeUndefined();
  });

  test.each([
    ['another contract', { to: other }],
    ['another function', { data: '0x11223344' }],
    ['value sent along', { value: 1n }],
    ['a transfer to somebody else', { to: other, data: '0x', value: 5n }],
    ['value to itself', { to: own, data: '0x', value: 5n }],
    ['a contract creation', { to: null }],
  ] as const)('refuses %s', async (_, content) => {
    expect(await refusalOf(transaction(content as Partial<TransactionSerializableEIP1559>))).toBe('notAllowed');
  });

  test('looks at the bytes, not at what they are said to be', async () => {
    expect(await refusalOf(transaction({ to: other }, { to: engine, selector: '0xaabbccdd' }))).toBe('notAllowed');
    expect(await refusalOf(transaction({ chainId: 1 }))).toBe('wrongSigner');
    expect(await refusalOf(transaction({}, { bytes: '0x1234' }))).toBe('notAllowed');
  });

  test('refuses to sign in the name of another', async () => {
    expect(await refusalOf(transaction({}, { from: other }))).toBe('wrongSigner');
  });

  test('of a process that observes signs nothing at all', async () => {
    const signed = await observingSigner(own).sign(transaction());
    expect(signed.ok ? undefined : signed.error.kind).toBe('unavailable');
  });
});
