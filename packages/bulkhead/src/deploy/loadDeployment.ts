import { dirname, isAbsolute, resolve } from 'node:path';
import { type DeploymentFile, parseDeployment } from '@bulkhead/shared/config';
import { type FileKind, readYaml, refuseFile } from '../config/readYaml.ts';

const kind: FileKind = {
  option: '--file',
  example: 'bulkhead deploy --file deployment.yaml',
  docs: 'docs/reference/deployment.md',
};

/** Relative paths in a deployment file count from it. */
const anchored = (file: DeploymentFile, base: string): DeploymentFile => {
  const at = (path: string) => (isAbsolute(path) ? path : resolve(base, path));
  const { signer, addressBook } = file;
  return {
    ...file,
    addressBook: at(addressBook),
    signer:
      'keystore' in signer
        ? { ...signer, keystore: at(signer.keystore), passwordFile: at(signer.passwordFile) }
        : signer,
  };
};

/**
 * Reads and checks a deployment file.
 * @throws StartupError with every mistake in one message.
 */
export const loadDeployment = async (
  file: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<DeploymentFile> => {
  const parsed = parseDeployment(await readYaml(file, kind, environment));
  if (!parsed.ok) throw refuseFile(file, kind.docs, parsed.error);
  return anchored(parsed.value, dirname(resolve(file)));
};
