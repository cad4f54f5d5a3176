import type { Address, VaultId } from '@bulkhead/shared';
import { concat, getContractAddress, keccak256 } from 'viem';
import { remembering } from './remembering.ts';

/** ERC-1167 creation code around the implementation's address. */
const cloneCode = (implementation: Address) =>
  concat(['0x3d602d80600a3d3981f3363d3d373d3d3d363d73', implementation, '0x5af43d82803e903d91602b57fd5bf3']);

/** Address of a vault's escrow, deployed or not: a CREATE2 clone by the margin engine, its salt the vault id. */
export const createEscrowOf = (marginEngine: Address, implementation: Address): ((vault: VaultId) => Address) => {
  const bytecodeHash = keccak256(cloneCode(implementation));
  return remembering(
    (vault: VaultId) =>
      getContractAddress({ opcode: 'CREATE2', from: marginEngine, salt: vault, bytecodeHash }).toLowerCase() as Address,
  );
};
