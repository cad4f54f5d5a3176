import { encodeAbiParameters, keccak256 } from 'viem';
import type { Hex32 } from '../hex.ts';
import type { Branded } from '../units.ts';
import { type AccountId, accountId } from './account.ts';
import { type Caip2, isCaip2 } from './caip2.ts';

/** keccak256(abi.encode(accountId, uint32 bucket)): names a vault on its chain, and is the CREATE2 salt of its escrow. */
export type VaultId = Branded<Hex32, 'vaultId'>;

export const vaultId = (bytes: Hex32): VaultId => bytes.toLowerCase() as VaultId;

export const vaultIdOf = (account: AccountId, bucket: number): VaultId =>
  vaultId(keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint32' }], [account, bucket])));

/** A vault everywhere: written `<caip2>/<accountId>/<bucket>`. */
export interface VaultName {
  readonly chain: Caip2;
  readonly account: AccountId;
  readonly bucket: number;
}

export const formatVaultName = (name: VaultName): string => `${name.chain}/${name.account}/${name.bucket}`;

/** Undefined when the text is not a vault name in canonical form. */
export const parseVaultName = (text: string): VaultName | undefined => {
  const [chain, account, bucket, ...rest] = text.split('/');
  if (!chain || !account || !bucket || rest.length > 0) return undefined;
  if (!isCaip2(chain) || !/^0x[0-9a-fA-F]{64}$/.test(account) || !/^(0|[1-9][0-9]{0,9})$/.test(bucket))
    return undefined;
  const number = Number(bucket);
  if (number > 0xffff_ffff) return undefined;
  return { chain, account: accountId(account as Hex32), bucket: number };
};
