import { type Address, type Caip2, failure, type Hex, ok, type UnsignedTransaction } from '@bulkhead/shared';
import type { Signer, SignerError } from '@bulkhead/shared/ports';
import { keccak256, parseTransaction, serializeTransaction } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

/** What may be signed: (contract, selector) on a chain. */
export interface AllowedCall {
  readonly chain: Caip2;
  readonly to: Address;
  /** Four bytes, lower case. */
  readonly selector: Hex;
}

const sameText = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();

/** What the bytes say, rather than what their description says: a signer trusts only what it signs. */
const readBytes = (bytes: Hex) => {
  try {
    const { to, data, value, chainId } = parseTransaction(bytes);
    return { to: to ?? undefined, selector: (data ?? '0x').slice(0, 10).toLowerCase(), value: value ?? 0n, chainId };
  } catch {
    return undefined;
  }
};

const refusal = (
  transaction: UnsignedTransaction,
  address: Address,
  allowed: readonly AllowedCall[],
): SignerError | undefined => {
  const content = readBytes(transaction.bytes);
  if (!content) return { kind: 'notAllowed', message: 'The bytes are not an unsigned transaction.' };
  if (!sameText(transaction.from, address)) {
    return { kind: 'wrongSigner', message: `The transaction is of ${transaction.from}; this signer is ${address}.` };
  }
  const chain: Caip2 = `eip155:${content.chainId ?? 0}`;
  if (chain !== transaction.chain || !allowed.some(call => call.chain === chain)) {
    return { kind: 'wrongSigner', message: `The bytes are for ${chain}, which is not a chain of this signer.` };
  }
  const { to, selector } = content;
  const toSelf = to !== undefined && sameText(to, address);
  // A transfer of nothing to oneself fills a nonce gap and can move nothing.
  if (toSelf && selector === '0x' && content.value === 0n) return undefined;
  const listed =
    to !== undefined &&
    content.value === 0n &&
    allowed.some(call => call.chain === chain && sameText(call.to, to) && call.selector === selector);
  if (listed) return undefined;
  return {
    kind: 'notAllowed',
    message: `${selector} on ${to ?? 'a new contract'} of ${chain} is not on the allow-list, so it was not signed.`,
  };
};

/** Signs with one key what the allow-list admits, and nothing else. The key stays in this closure. */
export const keySigner = (privateKey: Hex, allowed: readonly AllowedCall[]): Signer => {
  const account = privateKeyToAccount(privateKey);
  const address = account.address.toLowerCase() as Address;
  const calls = allowed.map(call => ({ ...call, selector: call.selector.toLowerCase() as Hex }));
  return Object.freeze<Signer>({
    address,
    sign: async transaction => {
      const refused = refusal(transaction, address, calls);
      if (refused) return failure(refused);
      const unsigned = parseTransaction(transaction.bytes);
      const bytes = await account.signTransaction(unsigned, { serializer: serializeTransaction });
      return ok({ bytes, hash: keccak256(bytes) });
    },
  });
};

/** Stands where a signer must stand in a process that only observes. It has no key, so that nothing can be signed by mistake. */
export const observingSigner = (address: Address = `0x${'0'.repeat(39)}1`): Signer =>
  Object.freeze<Signer>({
    address,
    sign: async () => failure({ kind: 'unavailable', message: 'This process only observes: it has no key.' }),
  });
