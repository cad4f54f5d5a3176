import { dirname, isAbsolute, resolve } from 'node:path';
import { type Config, parseConfig } from '@bulkhead/shared/config';
import { type FileKind, readYaml, refuseFile } from './readYaml.ts';
import { withContracts } from './withContracts.ts';

const kind: FileKind = {
  option: '--config',
  example: 'bulkhead run --config bulkhead.yaml',
  docs: 'docs/reference/configuration.md',
};

/** Relative paths in a configuration count from the file that names them. */
const anchored = (config: Config, base: string): Config => {
  const at = (path: string) => (isAbsolute(path) ? path : resolve(base, path));
  const { signer, http, log } = config;
  return {
    ...config,
    ...(signer && 'keystore' in signer
      ? { signer: { ...signer, keystore: at(signer.keystore), passwordFile: at(signer.passwordFile) } }
      : {}),
    http: { ...http, ...(http.tokenFile ? { tokenFile: at(http.tokenFile) } : {}) },
    log: { ...log, ...(log.file ? { file: at(log.file) } : {}) },
  };
};

/**
 * Reads and checks a configuration file.
 * @throws StartupError with every mistake in one message.
 */
export const loadConfig = async (
  file: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Config> => {
  const base = dirname(resolve(file));
  const parsed = parseConfig(await withContracts(await readYaml(file, kind, environment), base));
  if (!parsed.ok) throw refuseFile(file, kind.docs, parsed.error);
  return anchored(parsed.value, base);
};
