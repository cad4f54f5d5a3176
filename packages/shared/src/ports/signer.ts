import type { SignedTransaction, UnsignedTransaction } from '../domain/transaction.ts';
import type { Address } from '../hex.ts';
import type { Result } from '../result.ts';

export type SignerError =
  /** (contract, selector) is not on the allow-list. */
  | { readonly kind: 'notAllowed'; readonly message: string }
  /** The transaction's `from` is not this signer, or its chain is not one of its chains. */
  | { readonly kind: 'wrongSigner'; readonly message: string }
  | { readonly kind: 'unavailable'; readonly message: string };

/** Holds one key and shows none of it. The daily spend cap is checked by the ledger in the step that records the attempt. */
export interface Signer {
  readonly address: Address;
  sign(transaction: UnsignedTransaction): Promise<Result<SignedTransaction, SignerError>>;
}
