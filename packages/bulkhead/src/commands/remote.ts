/** How the verbs reach a running process: over its HTTP face. */
import { readFile } from 'node:fs/promises';
import type { Config } from '@bulkhead/shared/config';
import { loadConfig } from '../config/loadConfig.ts';

export interface RemoteOptions {
  readonly config?: string;
  readonly url?: string;
  readonly tokenFile?: string;
}

/** A running process did not do what was asked. `message` says what and how to mend it. */
export class RemoteError extends Error {
  override name = 'RemoteError';
  readonly reached: boolean;
  constructor(problem: string, remedy: string, reached: boolean) {
    super(`${problem}\n  Remedy: ${remedy}`);
    this.reached = reached;
  }
}

export interface Remote {
  readonly url: string;
  get(path: string): Promise<unknown>;
  post(path: string): Promise<unknown>;
}

export interface Target {
  readonly remote: Remote;
  /** Present when a configuration was named: its Redis can be asked when the process does not answer. */
  readonly config: Config | undefined;
}

const describe = (body: unknown): { error: string; remedy: string } => {
  const given = (body ?? {}) as { error?: string; remedy?: string; reasons?: readonly string[] };
  return {
    error: given.error ?? given.reasons?.join('; ') ?? 'the process refused',
    remedy: given.remedy ?? 'See its log.',
  };
};

const connect = (url: string, token: string | undefined): Remote => {
  const ask = async (method: string, path: string): Promise<unknown> => {
    const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    const response = await fetch(new URL(path, url), { method, headers }).catch(() => {
      throw new RemoteError(
        `No process answers at ${url}.`,
        'Start it (bulkhead run), or name it with --config or --url.',
        false,
      );
    });
    const body = (await response.json().catch(() => undefined)) as unknown;
    if (response.ok) return body;
    const { error, remedy } = describe(body);
    throw new RemoteError(`${url} refused: ${error}.`, remedy, true);
  };
  return Object.freeze({ url, get: (path: string) => ask('GET', path), post: (path: string) => ask('POST', path) });
};

const readToken = async (file: string | undefined): Promise<string | undefined> =>
  file === undefined ? undefined : (await readFile(file, 'utf8')).trim();

const defaultUrl = 'http://127.0.0.1:9464';

/** The process that options name: `--url`, or the configuration's own address. */
export const reach = async (options: RemoteOptions): Promise<Target> => {
  const config = options.config === undefined ? undefined : await loadConfig(options.config);
  const url =
    options.url ??
    (config
      ? `http://${config.http.host === '0.0.0.0' ? '127.0.0.1' : config.http.host}:${config.http.port}`
      : defaultUrl);
  const token = await readToken(options.tokenFile ?? config?.http.tokenFile);
  return { remote: connect(url, token), config };
};
