import { create3FactoryBytecode } from '@bulkhead/contracts';
import {
  type Address,
  concat,
  encodeAbiParameters,
  getContractAddress,
  type Hex,
  keccak256,
  stringToHex,
  zeroHash,
} from 'viem';

/** Deterministic deployment proxy (CREATE2) that stands at the same address on nearly every chain; anvil predeploys it. */
export const create2Proxy: Address = '0x4e59b44847b379578588920cA78FbF26c0B4956C';

/** Where the factory lands on every chain: it depends on its code alone. */
export const create3Factory: Address = getContractAddress({
  opcode: 'CREATE2',
  from: create2Proxy,
  salt: zeroHash,
  bytecode: create3FactoryBytecode,
});

/** What the proxy is sent to deploy the factory. */
export const create3FactoryDeployment: Hex = concat([zeroHash, create3FactoryBytecode]);

/** Creation code of the one-use proxy inside CREATE3 (solady). */
const oneUseProxy: Hex = '0x67363d3d37363d34f03d5260086018f3';

/** Whose deployment, and which of theirs: all that addresses depend on. */
export interface Origin {
  readonly deployer: Address;
  /** `bulkhead` unless the deployer has several. */
  readonly label: string;
}

/** Salt of a contract by its name, before the factory binds it to the deployer. */
export const saltOf = (label: string, name: string): Hex => keccak256(stringToHex(`${label}/${name}`));

/** Where the contract of that name goes on every chain, whatever its code and arguments are. */
export const addressOf = ({ deployer, label }: Origin, name: string): Address => {
  const own = [deployer, saltOf(label, name)] as const;
  const salt = keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'bytes32' }], own));
  const proxy = getContractAddress({ opcode: 'CREATE2', from: create3Factory, salt, bytecode: oneUseProxy });
  return getContractAddress({ from: proxy, nonce: 1n });
};

/** The fixed implementation that all escrows are clones of: the margin engine's first creation. */
export const escrowImplementationOf = (marginEngine: Address): Address =>
  getContractAddress({ from: marginEngine, nonce: 1n });
