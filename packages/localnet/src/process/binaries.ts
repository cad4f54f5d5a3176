import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { LocalnetError } from '../localnetError.ts';

const require = createRequire(import.meta.url);

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const onPath = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter(folder => folder !== '')
    .map(folder => join(folder, name))
    .find(isExecutable);

const platformPackage = (): string => {
  const system = process.platform === 'darwin' ? 'darwin' : 'linux';
  return `@foundry-rs/anvil-${system}-${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
};

/**
 * The anvil binary inside Foundry's platform package. Never the npm wrapper: it always exits 0 and is one more process to lose.
 * `BULKHEAD_ANVIL` overrides it.
 */
export const findAnvil = (): string => {
  const name = platformPackage();
  const chosen = process.env.BULKHEAD_ANVIL;
  if (chosen) return chosen;
  try {
    const binary = join(dirname(require.resolve(`${name}/package.json`)), 'bin', 'anvil');
    if (isExecutable(binary)) return binary;
  } catch {
    // Not installed: the error below says what to do.
  }
  throw new LocalnetError(`anvil is not installed: no package ${name}.`, {
    remedy: 'Run ./bulkhead exec true in the workspace, or set BULKHEAD_ANVIL to an anvil binary.',
  });
};

/** The redis-server on the PATH; `BULKHEAD_REDIS_SERVER` overrides it. */
export const findRedis = (): string => {
  const chosen = process.env.BULKHEAD_REDIS_SERVER ?? onPath('redis-server');
  if (chosen) return chosen;
  throw new LocalnetError('redis-server is not installed.', {
    remedy: 'On Debian: apt-get install redis-server. Or set BULKHEAD_REDIS_SERVER to a Redis 6.2 or newer.',
  });
};
