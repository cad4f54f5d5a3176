import { type Milliseconds, milliseconds } from '@bulkhead/shared';
import type { Log } from '@bulkhead/shared/ports';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { liveness } from './liveness.ts';
import type { Operations } from './operations.ts';
import { type HttpServer, startHttpServer } from './server.ts';

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, with: () => silent };
const at = (value: number): Milliseconds => milliseconds(value);

describe('liveness (F21)', () => {
  test('follows the loop: a loop that hangs is not alive, though it still answers', () => {
    const pulse = { name: 'the checks', lastPassAt: at(10_000), limit: at(5_000) };
    expect(liveness([pulse], at(0), at(14_000))).toEqual({ ok: true, reasons: [] });
    expect(liveness([pulse], at(0), at(15_001))).toEqual({
      ok: false,
      reasons: ['the checks has not gone round for 5.0 s'],
    });
  });

  test('a loop that never began is given its limit, and no longer', () => {
    const pulse = { name: 'the lane', lastPassAt: undefined, limit: at(5_000) };
    expect(liveness([pulse], at(1_000), at(6_000)).ok).toBe(true);
    expect(liveness([pulse], at(1_000), at(6_001)).ok).toBe(false);
  });

  test('one loop that hangs is enough', () => {
    const good = { name: 'a', lastPassAt: at(10_000), limit: at(5_000) };
    expect(liveness([good, { ...good, name: 'b', lastPassAt: at(1) }], at(0), at(10_000)).ok).toBe(false);
  });
});

describe('the HTTP face', () => {
  const done: string[] = [];
  let ticking = true;
  let redis = true;
  const operations: Operations = {
    live: () => ({ ok: ticking, reasons: ticking ? [] : ['the loop hangs'] }),
    ready: async () => ({ ok: redis, reasons: redis ? [] : ['Redis does not answer'] }),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'bulkhead_up 1\n' }),
    status: async () => ({ amount: 5n }),
    explain: async vault => ({ bucket: vault.bucket }),
    pause: async chain => void done.push(`pause ${chain ?? 'all'}`),
    resume: async chain => void done.push(`resume ${chain ?? 'all'}`),
    cancel: async effect => effect.endsWith('1'),
    drain: async () => void done.push('drain'),
  };
  let server: HttpServer;
  beforeAll(async () => {
    server = await startHttpServer(operations, { host: '127.0.0.1', port: 0, token: 'sesame', log: silent });
  });
  afterAll(() => server.stop());

  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${server.url}${path}`, init);
    return { status: response.status, body: await response.text() };
  };
  const withToken = (token: string): RequestInit => ({ method: 'POST', headers: { authorization: `Bearer ${token}` } });

  test('livez and readyz say 503 with the reason when the process is not well', async () => {
    expect((await ask('/livez')).status).toBe(200);
    ticking = false;
    redis = false;
    expect(await ask('/livez')).toEqual({ status: 503, body: '{"ok":false,"reasons":["the loop hangs"]}\n' });
    expect((await ask('/readyz')).status).toBe(503);
  });

  test('amounts are decimal strings', async () => {
    expect((await ask('/status')).body).toBe('{"amount":"5"}\n');
  });

  test('reads need no token', async () => {
    expect((await ask('/metrics')).body).toContain('bulkhead_up 1');
    expect((await ask(`/explain?vault=eip155:1/0x${'a'.repeat(64)}/7`)).body).toBe('{"bucket":7}\n');
    expect((await ask('/explain?vault=nonsense')).status).toBe(400);
  });

  test('what changes state needs the token', async () => {
    expect((await ask('/pause', { method: 'POST' })).status).toBe(401);
    expect((await ask('/pause', withToken('wrong'))).status).toBe(401);
    expect(done).toEqual([]);
    expect((await ask('/pause?chain=eip155:1', withToken('sesame'))).status).toBe(200);
    expect((await ask('/drain', withToken('sesame'))).status).toBe(200);
    expect((await ask(`/cancel?effect=0x${'0'.repeat(64)}`, withToken('sesame'))).status).toBe(404);
    expect(done).toEqual(['pause eip155:1', 'drain']);
  });

  test('nothing but the known paths and methods is answered', async () => {
    expect((await ask('/nothing')).status).toBe(404);
    expect((await ask('/pause')).status).toBe(405);
    expect((await ask('/status', { method: 'POST' })).status).toBe(405);
  });
});
