import { readFile } from 'node:fs/promises';
import { type ConfigProblem, formatProblem } from '@bulkhead/shared/config';
import { parseDocument } from 'yaml';
import { StartupError, wordsOf } from '../startup/startupError.ts';
import { interpolate } from './interpolate.ts';

/** Which kind of file it is: for the words of an error. */
export interface FileKind {
  /** The option that names it. */
  readonly option: string;
  /** A command that names one. */
  readonly example: string;
  /** The page that explains it. */
  readonly docs: string;
}

/** Every mistake of a file in one error. */
export const refuseFile = (file: string, docs: string, problems: readonly ConfigProblem[]): StartupError => {
  const [first, ...rest] = problems;
  const others = rest.map(problem => `\n${formatProblem(problem)}`).join('');
  return new StartupError({
    code: 'badConfig',
    field: first?.path ?? file,
    problem: first ? `found ${first.found}; allowed: ${first.allowed}.${others}` : 'is not a configuration.',
    remedy: first?.remedy ?? `Correct it in ${file}.`,
    docs,
  });
};

const readText = async (file: string, { option, example, docs }: FileKind): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new StartupError({
      code: 'missingFile',
      field: option,
      problem: `${file} cannot be read.`,
      remedy: `Name an existing file, for example: ${example}`,
      details: wordsOf(error),
      docs,
    });
  }
};

/** YAML to plain data. Duplicate keys are errors; hexadecimal stays text, because as a number an address would lose its digits. */
const parseYaml = (file: string, text: string, docs: string): unknown => {
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
      docs,
    });
  }
  return document.toJS();
};

/**
 * Reads a YAML file, with names of the environment filled in where files with secrets are named.
 * @throws StartupError
 */
export const readYaml = async (
  file: string,
  kind: FileKind,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<unknown> => {
  const filled = interpolate(parseYaml(file, await readText(file, kind), kind.docs), environment);
  if (!filled.ok) throw refuseFile(file, kind.docs, filled.error);
  return filled.value;
};
