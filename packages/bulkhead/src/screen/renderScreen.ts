/** The live screen as lines of text: a pure function of what there is to show and how much room there is. */
import { stripVTControlCharacters } from 'node:util';
import { amountText, bar, clip, clockText, left, percentText, right, shortAmount, sparkline } from './format.ts';
import type { Paint } from './paint.ts';
import type { HealthBucket, KeeperLine, LiquidationLine, PriceLine, ScreenModel } from './viewModel.ts';

export interface Room {
  readonly columns: number;
  readonly rows: number;
}

const rule = (title: string, columns: number, paint: Paint): string =>
  `${paint('bold', title)} ${paint('dim', '─'.repeat(Math.max(0, columns - title.length - 1)))}`;

const progress = (model: ScreenModel, width: number): string => {
  const { done, of } = model.ticks;
  if (of === undefined) return `${done} ticks`;
  const filled = Math.round((Math.min(done, of) / Math.max(1, of)) * width);
  return `${'━'.repeat(filled)}${'┄'.repeat(width - filled)} ${done}/${of}`;
};

const headline = (model: ScreenModel, columns: number, paint: Paint): readonly string[] => {
  const first = `${model.title} · ${clockText(model.elapsed)} · ${model.phase}`;
  return [
    paint('bold', clip(first, columns)),
    paint('cyan', clip(progress(model, Math.max(10, columns - 16)), columns)),
  ];
};

const priceRow = (line: PriceLine, columns: number, paint: Paint): string => {
  const numbers = `${left(line.name, 12)}${right(amountText(line.price, 2), 11)} ${right(percentText(line.change), 7)}  ${left(line.place, 18)} `;
  const room = Math.max(0, Math.min(60, columns - numbers.length));
  const tone = line.change < 0 ? 'red' : 'green';
  return `${numbers.slice(0, 23)}${paint(tone, numbers.slice(23, 31))}${numbers.slice(31)}${paint('dim', sparkline(line.history, room))}`;
};

const tones = { bad: 'red', warn: 'yellow', fine: 'green', quiet: 'dim' } as const;

const healthRow = (bucket: HealthBucket, largest: number, width: number, paint: Paint): string =>
  `${right(bucket.label, 10)} ${right(String(bucket.count), 4)} ${paint(tones[bucket.tone], bar(bucket.count, largest, Math.max(1, width - 17)))}`;

/** Two buckets a row: what is left of a small terminal goes to the liquidations. */
const healthRows = (buckets: readonly HealthBucket[], columns: number, paint: Paint): readonly string[] => {
  const largest = Math.max(1, ...buckets.map(bucket => bucket.count));
  const half = Math.ceil(buckets.length / 2);
  const width = Math.floor(columns / 2);
  return Array.from({ length: half }, (_, row) => {
    const [first, second] = [buckets[row], buckets[row + half]];
    const start = first ? healthRow(first, largest, width, paint) : '';
    return second ? `${padVisible(start, width)}${healthRow(second, largest, width, paint)}` : start;
  });
};

/** Pads by what is seen, not by what is written: colours take no room. */
const padVisible = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - stripVTControlCharacters(text).length));

const keeperHeader = `${left('keeper', 13)}${right('bids', 5)}${right('wasted', 7)}${right('quote', 9)}${right('held', 9)}  state`;

const keeperRow = (keeper: KeeperLine, columns: number, paint: Paint): string => {
  const amount = (value: number | undefined) => right(value === undefined ? '–' : shortAmount(value), 9);
  const numbers = `${left(keeper.name, 13)}${right(String(keeper.bids), 5)}${right(String(keeper.wasted), 7)}${amount(keeper.capital)}${amount(keeper.inventory)}  `;
  return `${numbers}${paint('dim', clip(keeper.state, Math.max(0, columns - numbers.length)))}`;
};

const liquidationHeader = `${right('time', 5)}  ${left('chain', 6)}${left('vault', 13)}${right('taken', 6)}${right('latency', 9)}${right('paid', 11)}  ${left('by', 12)}`;

const liquidationRow = (line: LiquidationLine, columns: number, paint: Paint): string => {
  const latency = line.latencyMs === undefined ? '–' : `${line.latencyMs} ms`;
  const row =
    `${right(clockText(line.at), 5)}  ${left(line.chain, 6)}${left(line.vault, 13)}${right(`${(line.fraction * 100).toFixed(0)}%`, 6)}` +
    `${right(latency, 9)}${right(amountText(line.paid), 11)}  ${left(line.by, 12)}`;
  if (line.shortfall <= 0) return clip(row, columns);
  return `${row}${paint('red', clip(`short ${shortAmount(line.shortfall)}`, Math.max(0, columns - row.length)))}`;
};

const mustBeZero = (label: string, value: number, paint: Paint): string =>
  `${label} ${value === 0 ? paint('green', '0') : paint(['bold', 'red'], String(value))}`;

const totals = (model: ScreenModel, paint: Paint): readonly string[] => {
  const { totals: sums } = model;
  const latency = sums.p50 === null ? '–' : `${sums.p50} / ${sums.p95} ms`;
  return [
    [
      `liquidations ${paint('bold', String(sums.liquidations))}`,
      `closed ${sums.closed}`,
      `latency p50/p95 ${latency}`,
      `shortfall ${sums.shortfall > 0 ? paint('yellow', amountText(sums.shortfall)) : '0'}`,
    ].join(' · '),
    [
      mustBeZero('walls crossed', sums.wallsCrossed, paint),
      mustBeZero('effects doubled', sums.duplicateEffects, paint),
      mustBeZero('escrows short', sums.escrowsShort, paint) + paint('dim', ` of ${sums.escrowsChecked}`),
      `wasted ${sums.wastedTransactions}`,
    ].join(' · '),
  ];
};

const chainsRow = (model: ScreenModel, columns: number, paint: Paint): string => {
  const each = model.chains.map(chain => {
    const house = chain.houseCapital === undefined ? '' : ` · house ${shortAmount(chain.houseCapital)}`;
    return `${chain.name} block ${chain.block ?? '–'} · ${chain.vaults} vaults${house}`;
  });
  return paint('dim', clip(each.join('   '), columns));
};

/** What the same holdings require and are worth in each mode, side by side; short enough for 80 columns. */
const modesRow = (model: ScreenModel, columns: number, paint: Paint): readonly string[] => {
  if (model.modes.length === 0) return [];
  const each = model.modes.map(
    ({ mode, required, value }) => `${mode} ${shortAmount(required)} / ${shortAmount(value)}`,
  );
  return [paint('cyan', clip(`MM / V  ${each.join(' · ')}`, columns))];
};

/**
 * Draws the model into at most `rows` lines of at most `columns` visible cells. From 80 × 24 up everything has its place; what room is left goes to the
 * newest liquidations.
 */
export const renderScreen = (model: ScreenModel, room: Room, paint: Paint): readonly string[] => {
  const columns = Math.max(40, room.columns);
  const fixed = [
    ...headline(model, columns, paint),
    ...model.prices.map(line => priceRow(line, columns, paint)),
    chainsRow(model, columns, paint),
    ...modesRow(model, columns, paint),
    rule('Vaults by health (E / MM)', columns, paint),
    ...healthRows(model.health, columns, paint),
    rule('Keepers', columns, paint),
    paint('dim', clip(keeperHeader, columns)),
    ...model.keepers.map(keeper => keeperRow(keeper, columns, paint)),
  ];
  const below = totals(model, paint);
  const space = Math.max(0, room.rows - fixed.length - below.length - 2);
  const newest = model.liquidations.slice(-space).reverse();
  const listed = space === 0 ? [] : newest.map(line => liquidationRow(line, columns, paint));
  return [
    ...fixed,
    rule('Liquidations', columns, paint),
    ...(space > 0 ? [paint('dim', clip(liquidationHeader, columns))] : []),
    ...listed,
    ...below,
  ].slice(0, room.rows);
};
