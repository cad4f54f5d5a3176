export { parseConfig } from './parse.ts';
export { type ConfigProblem, describeValue, formatPath, formatProblem } from './problems.ts';
export {
  type ChainConfig,
  type Config,
  type ConfigInput,
  configSchema,
  type KeystoreSignerConfig,
  type SignerConfig,
  secretPaths,
} from './schema.ts';
