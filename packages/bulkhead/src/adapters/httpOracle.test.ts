import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { feedIdOf, signPriceReport } from '@bulkhead/sdk';
import { type Address, type PriceReport, priceReportToWire, priceWad, seconds } from '@bulkhead/shared';
import type { Log, Metrics } from '@bulkhead/shared/ports';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterEach, describe, expect, test } from 'vitest';
import { httpOracle, isSignedByTrusted, type PriceTrust } from './httpOracle.ts';
import { systemClock } from './systemClock.ts';

const byAddress = (left: { address: string }, right: { address: string }) =>
  BigInt(left.address) < BigInt(right.address) ? -1 : 1;
const signers = Array.from({ length: 3 }, () => privateKeyToAccount(generatePrivateKey())).sort(byAddress);
const [first, second, third] = signers;
const stranger = privateKeyToAccount(generatePrivateKey());
const feedSetId = `0x${'5e'.repeat(32)}` as const;
const trust: PriceTrust = {
  feedSetId,
  epoch: 1n,
  threshold: 2,
  signers: signers.map(signer => signer.address.toLowerCase() as Address),
};

const report = (
  by: readonly (typeof stranger | undefined)[],
  time = 100,
  epoch = 1n,
  set: `0x${string}` = feedSetId,
): Promise<PriceReport> =>
  signPriceReport({
    feedSetId: set,
    signers: by.flatMap(signer => signer ?? []),
    report: {
      feed: feedIdOf('ETH/USD'),
      price: priceWad(3_000n * 10n ** 18n),
      confidence: priceWad(1n),
      time: seconds(time),
      epoch,
    },
  });

describe('a report is trusted like OracleHub trusts it (BR-4)', () => {
  test('with enough signers of the set, in order', async () => {
    expect(await isSignedByTrusted(await report([first, second]), trust)).toBe(true);
    expect(await isSignedByTrusted(await report([first, second, third]), trust)).toBe(true);
  });

  test('not with too few, a stranger, one twice, the wrong order, another epoch or another feed set', async () => {
    const good = await report([first, second]);
    const [one, two] = good.signatures;
    if (!one || !two) throw new Error('two have signed');
    const bad = await Promise.all([
      report([first]),
      report([first, stranger].sort((left, right) => byAddress(left ?? stranger, right ?? stranger))),
      report([first, second], 100, 2n),
      report([first, second], 100, 1n, `0x${'66'.repeat(32)}`),
    ]);
    const verdicts = [
      ...bad,
      { ...good, signatures: [one, one] },
      { ...good, signatures: [two, one] },
      { ...good, price: priceWad(1n) },
    ].map(each => isSignedByTrusted(each, trust));
    expect(await Promise.all(verdicts)).toEqual(verdicts.map(() => false));
  });
});

describe('the price client', () => {
  const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, with: () => log };
  const counted: string[] = [];
  const metrics: Metrics = {
    count: (name, labels) => void counted.push(`${name} ${labels?.reason ?? ''}`.trim()),
    gauge: () => {},
    observe: () => {},
  };
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** A feed that sends what it is told on every connection. */
  const serve = async (onConnect: (response: ServerResponse, nth: number) => void): Promise<string> => {
    let connections = 0;
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      connections += 1;
      onConnect(response, connections);
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    closing.push(
      () =>
        new Promise(resolve => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    );
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  const event = (each: PriceReport): string =>
    `event: report\ndata: ${JSON.stringify(priceReportToWire(each, { quote: 'USD' }))}\n\n`;

  const open = (url: string) => {
    const oracle = httpOracle({ url, trust, clock: systemClock(), log, metrics });
    closing.push(() => oracle.stop());
    return oracle;
  };

  test('hands on trusted reports, drops what is malformed or forged, and takes nothing older than it knows', async () => {
    const reports = await Promise.all([
      report([first, second], 100),
      report([first], 101),
      report([first, third], 99),
      report([second, third], 102),
    ]);
    const url = await serve(response => {
      response.write(': hello\n\nevent: report\ndata: {"feed": 7}\n\n');
      for (const each of reports) response.write(event(each));
    });
    const stop = new AbortController();
    const times: number[] = [];
    for await (const seen of open(url).watch(stop.signal)) {
      times.push(seen.time);
      if (seen.time === 102) stop.abort();
    }
    expect(times.at(-1)).toBe(102);
    expect(times).not.toContain(101);
    expect(times).not.toContain(99);
    expect(counted).toContain('oracle_reports_dropped_total malformed');
    expect(counted).toContain('oracle_reports_dropped_total badSignatures');
  });

  test('comes back by itself when the stream breaks', async () => {
    const [early, late] = await Promise.all([report([first, second], 100), report([first, second], 200)]);
    const url = await serve((response, nth) => {
      response.write(event(nth === 1 ? early : late));
      if (nth === 1) response.end();
    });
    const stop = new AbortController();
    for await (const seen of open(url).watch(stop.signal)) {
      if (seen.time === 200) stop.abort();
    }
    expect(counted).toContain('oracle_reconnects_total');
  });
});
