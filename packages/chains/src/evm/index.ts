/** The Chain port on EVM endpoints. */
export { type EvmAddresses, listAddresses } from './addresses.ts';
export { createEvmChain, createEvmChains } from './createEvmChain.ts';
export { type Inspection, type InspectionOptions, inspectChain } from './doctor.ts';
export type { EndpointUrls } from './endpoints/endpoint.ts';
export type { EndpointStanding } from './endpoints/pool.ts';
export { classifyChainError } from './errors/classify.ts';
export type { EvmChainOptions, EvmFinding } from './options.ts';
export type { EvmChain } from './port.ts';
export type { FinalityPolicy } from './read/finality.ts';
