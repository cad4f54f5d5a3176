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

/** Deterministic deployment proxy (CREATE2) that anvil predeploys, at the same address on nearly every chain. */
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

/** Salt of a contract by its name. */
export const saltOf = (name: string): Hex => keccak256(stringToHex(`bulkhead/${name}`));

/** Where `deployer` puts the contract of that name, on every chain, whatever its code and arguments are. */
export const addressOf = (deployer: Address, name: string): Address => {
  const salt = keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'bytes32' }], [deployer, saltOf(name)]));
  const proxy = getContractAddress({ opcode: 'CREATE2', from: create3Factory, salt, bytecode: oneUseProxy });
  return getContractAddress({ from: proxy, nonce: 1n });
};
