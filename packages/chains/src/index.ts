/** Implementations of the Chain port, one folder a family. */
export * from './evm/index.ts';
