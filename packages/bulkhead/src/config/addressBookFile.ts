import { readFile, rename, writeFile } from 'node:fs/promises';
import { writtenBook } from '@bulkhead/addresses';
import { type AddressBook, parseAddressBook } from '@bulkhead/shared/config';
import { StartupError, wordsOf } from '../startup/startupError.ts';
import { refuseFile } from './readYaml.ts';

const docs = 'docs/reference/deployment.md';
const empty: AddressBook = { version: 1, chains: {} };

const parsed = (file: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StartupError({
      code: 'badConfig',
      field: file,
      problem: 'is not JSON.',
      remedy: 'Name an address book that bulkhead deploy wrote, or remove it to begin another.',
      details: wordsOf(error),
      docs,
    });
  }
};

/**
 * Reads an address book. One that is not there is empty where it will be written, and a mistake elsewhere.
 * @throws StartupError
 */
export const readAddressBook = async (file: string, absent: 'empty' | 'refused'): Promise<AddressBook> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && absent === 'empty') return undefined;
    throw new StartupError({
      code: 'missingFile',
      field: file,
      problem: 'cannot be read.',
      remedy: 'Name an address book that bulkhead deploy wrote.',
      details: wordsOf(error),
      docs,
    });
  });
  if (text === undefined) return empty;
  const book = parseAddressBook(parsed(file, text));
  if (!book.ok) throw refuseFile(file, docs, book.error);
  return book.value;
};

/** Written whole or not at all. */
export const writeAddressBook = async (file: string, book: AddressBook): Promise<void> => {
  const partial = `${file}.partial`;
  await writeFile(partial, writtenBook(book));
  await rename(partial, file);
};
