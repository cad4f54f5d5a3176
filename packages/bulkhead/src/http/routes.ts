/** The HTTP face as a function from a request to an answer; sockets are server.ts's. */
import { type Caip2, isCaip2, parseVaultName } from '@bulkhead/shared';
import { toJson } from './json.ts';
import type { Condition, Operations } from './operations.ts';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The token that came with it, without the word Bearer. */
  readonly token: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const json = (status: number, value: unknown): Answer => ({
  status,
  contentType: 'application/json',
  body: `${toJson(value)}\n`,
});
const problem = (status: number, error: string, remedy: string): Answer => json(status, { error, remedy });
const probe = (condition: Condition): Answer => json(condition.ok ? 200 : 503, condition);

const chainOf = (request: Request): Caip2 | undefined | 'bad' => {
  const text = request.query.get('chain');
  if (text === null) return undefined;
  return isCaip2(text) ? text : 'bad';
};

type Route = (request: Request, operations: Operations) => Promise<Answer>;

const reads: Readonly<Record<string, Route>> = {
  '/livez': async (_, operations) => probe(operations.live()),
  '/readyz': async (_, operations) => probe(await operations.ready()),
  '/metrics': async (_, operations) => {
    const { contentType, text } = await operations.metrics();
    return { status: 200, contentType, body: text };
  },
  '/status': async (_, operations) => json(200, await operations.status()),
  '/explain': async (request, operations) => {
    const vault = parseVaultName(request.query.get('vault') ?? '');
    if (vault) return json(200, await operations.explain(vault));
    return problem(400, 'vault is not a vault name', 'Write it as <caip2>/<accountId>/<bucket>.');
  },
};

const forChain =
  (act: (operations: Operations, chain: Caip2 | undefined) => Promise<void>): Route =>
  async (request, operations) => {
    const chain = chainOf(request);
    if (chain === 'bad') return problem(400, 'chain is not a chain id', 'Write it as in eip155:1.');
    await act(operations, chain);
    return json(200, { done: true, chain: chain ?? 'all' });
  };

const writes: Readonly<Record<string, Route>> = {
  '/pause': forChain((operations, chain) => operations.pause(chain)),
  '/resume': forChain((operations, chain) => operations.resume(chain)),
  '/drain': async (_, operations) => {
    await operations.drain();
    return json(200, { done: true });
  },
  '/cancel': async (request, operations) => {
    const effect = request.query.get('effect') ?? '';
    if (!/^0x[0-9a-fA-F]{64}$/.test(effect))
      return problem(400, 'effect is not an effect id', 'It is 0x and 64 hexadecimal digits.');
    const done = await operations.cancel(effect.toLowerCase() as `0x${string}`);
    return done
      ? json(200, { done })
      : problem(404, 'this effect is unknown or has ended', 'bulkhead status lists open effects.');
  },
};

/** Compares without telling by its duration how much was right. */
export type SameSecret = (given: string, expected: string) => boolean;

const mayWrite = (request: Request, token: string | undefined, same: SameSecret): Answer | undefined => {
  if (token === undefined) {
    return problem(403, 'state-changing requests are off', 'Set http.tokenFile in the configuration to allow them.');
  }
  if (request.token !== undefined && same(request.token, token)) return undefined;
  return problem(
    401,
    'the token is missing or wrong',
    'Send "Authorization: Bearer TOKEN" with the content of http.tokenFile.',
  );
};

/** Answers one request. @param token that state-changing requests must carry; without one they are refused altogether. */
export const answer = async (
  request: Request,
  operations: Operations,
  token: string | undefined,
  same: SameSecret,
): Promise<Answer> => {
  const read = reads[request.path];
  const write = writes[request.path];
  if (read) return request.method === 'GET' ? read(request, operations) : problem(405, 'only GET', 'Use GET.');
  if (!write)
    return problem(404, 'nothing is here', `Ask for ${[...Object.keys(reads), ...Object.keys(writes)].join(', ')}.`);
  if (request.method !== 'POST') return problem(405, 'only POST', 'Use POST.');
  return mayWrite(request, token, same) ?? write(request, operations);
};
