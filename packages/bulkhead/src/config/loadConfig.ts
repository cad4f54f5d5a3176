import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { type Config, type ConfigProblem, formatProblem, parseConfig } from '@bulkhead/shared/config';
import { parseDocument } from 'yaml';
import { StartupError, wordsOf } from '../startup/startupError.ts';
import { interpolate } from './interpolate.ts';

const refuse = (file: string, problems: readonly ConfigProblem[]): StartupError => {
  const [first, ...rest] = problems;
  const others = rest.map(problem => `\n${formatProblem(problem)}`).join('');
  return new StartupError({
    code: 'badConfig',
    field: first?.path ?? file,
    problem: first ? `found ${first.found}; allowed: ${first.allowed}.${others}` : 'is not a configuration.',
    remedy: first?.remedy ?? `Correct it in ${file}.`,
  });
};

const readText = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new StartupError({
      code: 'missingFile',
      field: '--config',
      problem: `${file} cannot be read.`,
      remedy: 'Name an existing file, for example: bulkhead run --config bulkhead.yaml',
      details: wordsOf(error),
    });
  }
};

/** YAML to plain data. Duplicate keys are errors; hexadecimal stays text, because as a number an address would lose its digits. */
const parseYaml = (file: string, text: string): unknown => {
  const document = parseDocument(text, {
    schema: 'core',
    prettyErrors: true,
    uniqueKeys: true,
    customTags: tags => tags.filter(tag => !(typeof tag === 'object' && 'format' in tag && tag.format === 'HEX')),
  });
  const [error] = document.errors;
  if (error) {
    throw new StartupError({
      code: 'badConfig',
      field: file,
      problem: `line ${error.linePos?.[0].line ?? '?'} is not YAML: ${wordsOf(error)}`,
      remedy: 'Correct that line; indentation is by spaces.',
    });
  }
  return document.toJS();
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
  const raw = parseYaml(file, await readText(file));
  const filled = interpolate(raw, environment);
  if (!filled.ok) throw refuse(file, filled.error);
  const parsed = parseConfig(filled.value);
  if (!parsed.ok) throw refuse(file, parsed.error);
  return anchored(parsed.value, dirname(resolve(file)));
};
