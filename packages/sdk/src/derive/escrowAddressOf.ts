import { escrowImplementationOf } from '@bulkhead/addresses';
import type { VaultId } from '@bulkhead/shared';
import { type Address, getContractAddress, type Hex } from 'viem';

export { escrowImplementationOf };

/** Creation code of an ERC-1167 clone. */
const cloneInitCode = (implementation: Address): Hex =>
  `0x3d602d80600a3d3981f3363d3d373d3d3d363d73${implementation.slice(2).toLowerCase()}5af43d82803e903d91602b57fd5bf3`;

/**
 * Address of a vault's escrow, without asking any chain and before it has code: CREATE2 of the ERC-1167 clone with salt `vaultId`.
 *
 * @example
 * import { accountIdOf, escrowAddressOf, vaultIdOf } from '@bulkhead/sdk'
 *
 * const escrow = escrowAddressOf({ marginEngine, vaultId: vaultIdOf(accountIdOf(owner), 0) })
 */
export const escrowAddressOf = (options: {
  readonly marginEngine: Address;
  readonly vaultId: VaultId | Hex;
}): Address =>
  getContractAddress({
    opcode: 'CREATE2',
    from: options.marginEngine,
    salt: options.vaultId,
    bytecode: cloneInitCode(escrowImplementationOf(options.marginEngine)),
  });
