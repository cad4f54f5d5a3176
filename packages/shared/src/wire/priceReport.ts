/**
 * Signed prices as JSON (WIRE: signed prices). The feed serves them, the keeper's client reads them; both sides share these schemas.
 * Amounts are decimal strings in base units beside their unit; counts and times are numbers.
 */
import { z } from 'zod';
import type { PriceReport } from '../domain/price.ts';
import type { Hex } from '../hex.ts';
import { failure, ok, type Result } from '../result.ts';
import { priceWad, seconds } from '../units.ts';

const hexOfBytes = (bytes: number) =>
  z.custom<Hex>(
    value => typeof value === 'string' && new RegExp(`^0x[0-9a-f]{${bytes * 2}}$`).test(value),
    `expected ${bytes} bytes of lower-case hexadecimal with 0x`,
  );

const decimal = z.string().regex(/^(0|[1-9][0-9]{0,77})$/, 'expected a non-negative decimal string in base units');
const count = z.int().nonnegative();

/** What a price is counted in: quote per whole unit of the base, `decimals` = 18. */
export const priceUnitSchema = z.object({ symbol: z.string().min(1), decimals: z.literal(18) });

/** One report. `GET /prices` lists them, each server-sent event of `GET /events` carries one. */
export const priceReportWireSchema = z.object({
  /** keccak256 of `name`. */
  feed: hexOfBytes(32),
  /** For people; nothing is decided by it. */
  name: z.string().min(1).optional(),
  /** Quote per whole unit, in `unit`. */
  price: decimal,
  /** Half-width of the publisher's confidence interval, in `unit`. */
  confidence: decimal,
  unit: priceUnitSchema,
  /** Seconds since 1970 at which the price was seen and signed. */
  time: count,
  /** Epoch of the signer set. */
  epoch: count,
  /** 65 bytes each (r, s, v), signer addresses strictly increasing. */
  signatures: z.array(hexOfBytes(65)).min(1).max(32),
});
export type PriceReportWire = z.infer<typeof priceReportWireSchema>;

/** Answer of `GET /prices`: the newest report of every feed, and who signs. */
export const pricesWireSchema = z.object({
  feedSetId: hexOfBytes(32),
  threshold: count,
  signers: z.array(hexOfBytes(20)),
  reports: z.array(priceReportWireSchema),
});
export type PricesWire = z.infer<typeof pricesWireSchema>;

/** Answer of `GET /healthz` of the feed. `newestTime` is absent before the first report. */
export const feedHealthWireSchema = z.object({
  status: z.literal('ok'),
  feeds: count,
  subscribers: count,
  newestTime: count.optional(),
});
export type FeedHealthWire = z.infer<typeof feedHealthWireSchema>;

/** Name of the server-sent event that carries one report. */
export const priceReportEventName = 'report';

/** A report that is not what the schema says. `message` names the field. */
export interface PriceReportFailure {
  readonly kind: 'malformedReport';
  readonly message: string;
}

export const priceReportToWire = (
  report: PriceReport,
  labels: { readonly quote: string; readonly name?: string },
): PriceReportWire => ({
  feed: report.feed.toLowerCase() as Hex,
  ...(labels.name === undefined ? {} : { name: labels.name }),
  price: report.price.toString(),
  confidence: report.confidence.toString(),
  unit: { symbol: labels.quote, decimals: 18 },
  time: report.time,
  epoch: Number(report.epoch),
  signatures: report.signatures.map(signature => signature.toLowerCase() as Hex),
});

export const priceReportFromWire = (wire: PriceReportWire): PriceReport => ({
  feed: wire.feed,
  price: priceWad(BigInt(wire.price)),
  confidence: priceWad(BigInt(wire.confidence)),
  time: seconds(wire.time),
  epoch: BigInt(wire.epoch),
  signatures: wire.signatures,
});

/** Reads one report out of parsed JSON; never throws for bad input. */
export const parsePriceReport = (value: unknown): Result<PriceReport, PriceReportFailure> => {
  const parsed = priceReportWireSchema.safeParse(value);
  if (parsed.success) return ok(priceReportFromWire(parsed.data));
  return failure({ kind: 'malformedReport', message: z.prettifyError(parsed.error) });
};
