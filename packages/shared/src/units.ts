/**
 * Branded number types, so that units cannot be mixed (WIRE: units and signs).
 * A brand exists at compile time only; the functions here are the only places that put one on.
 */
declare const unit: unique symbol;
export type Branded<Base, Unit extends string> = Base & { readonly [unit]: Unit };

/** Duration or instant in milliseconds; instants count from the Unix epoch. */
export type Milliseconds = Branded<number, 'milliseconds'>;
/** Duration or instant in whole seconds, as chains use them. */
export type Seconds = Branded<number, 'seconds'>;

/** Dimensionless rate, fraction, haircut, discount: 1.0 = 10^18. */
export type Wad = Branded<bigint, 'wad'>;
/** Quote per whole unit of the base, 10^18 = 1 quote unit. */
export type PriceWad = Branded<bigint, 'priceWad'>;
/** Position size in whole units of the underlying, 10^18 = 1; long > 0. */
export type SizeWad = Branded<bigint, 'sizeWad'>;
/** Signed value in the quote token's decimals. */
export type QuoteAmount = Branded<bigint, 'quoteAmount'>;
/** Amount in the decimals of the token it stands beside. */
export type TokenAmount = Branded<bigint, 'tokenAmount'>;
/** Native gas currency in its smallest unit. */
export type Wei = Branded<bigint, 'wei'>;

export const WAD = 10n ** 18n;

export const milliseconds = (value: number): Milliseconds => value as Milliseconds;
export const seconds = (value: number): Seconds => value as Seconds;
export const wad = (value: bigint): Wad => value as Wad;
export const priceWad = (value: bigint): PriceWad => value as PriceWad;
export const sizeWad = (value: bigint): SizeWad => value as SizeWad;
export const quoteAmount = (value: bigint): QuoteAmount => value as QuoteAmount;
export const tokenAmount = (value: bigint): TokenAmount => value as TokenAmount;
export const wei = (value: bigint): Wei => value as Wei;

/** Whole seconds → milliseconds. */
export const secondsToMilliseconds = (value: Seconds): Milliseconds => milliseconds(value * 1000);
/** Milliseconds → whole seconds, rounded down. */
export const millisecondsToSeconds = (value: Milliseconds): Seconds => seconds(Math.floor(value / 1000));
