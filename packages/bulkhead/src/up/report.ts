/** How a run tells what happens: a live screen, plain lines, or JSON lines. */
import type { Terminal } from '../commands/context.ts';
import type { Liquidation } from '../observer/tally.ts';
import { amountText, clockText } from '../screen/format.ts';
import { type LiveScreen, openLiveScreen } from '../screen/liveScreen.ts';
import type { ScreenModel } from '../screen/viewModel.ts';
import type { liquidationLine } from './view.ts';

export interface Reporter {
  /** Something that a person may want to know. */
  say(line: string): void;
  /** One line for machines; nothing where nobody asked for them. */
  event(value: unknown): void;
  liquidation(liquidation: Liquidation, line: ReturnType<typeof liquidationLine>): void;
  /** Called several times a second. */
  frame(model: ScreenModel): void;
  /** Ends the screen; what is said afterwards stays on the terminal. */
  close(): void;
}

/** Seconds between two lines of progress where there is no screen. */
const progressEvery = 10;

const progressLine = (model: ScreenModel): string => {
  const { totals, ticks } = model;
  const prices = model.prices
    .map(price => `${price.name} ${amountText(price.price, 2)} ${price.place}`.trim())
    .join(', ');
  return (
    `${clockText(model.elapsed)} ${model.phase}: tick ${ticks.done}${ticks.of === undefined ? '' : `/${ticks.of}`}, ` +
    `${totals.liquidations} liquidations, ${totals.wallsCrossed} walls crossed, ${totals.duplicateEffects} doubled, ` +
    `${totals.escrowsShort} short of ${totals.escrowsChecked} (${prices})`
  );
};

const plainReporter = (write: (line: string) => void, event: (value: unknown) => void): Reporter => {
  let next = progressEvery;
  return {
    say: write,
    event,
    liquidation: (liquidation, line) => {
      const latency = line.latencyMs === undefined ? '' : ` after ${line.latencyMs} ms`;
      const short = line.shortfall > 0 ? `, shortfall ${amountText(line.shortfall, 2)}` : '';
      write(
        `${clockText(line.at)} liquidated ${Math.round(line.fraction * 100)}% of ${line.chain}/${line.vault} by ${line.by}${latency}, paid ${amountText(line.paid, 2)}${short}`,
      );
      event({ kind: 'liquidation', ...liquidation });
    },
    frame: model => {
      if (model.elapsed < next) return;
      next = Math.floor(model.elapsed / progressEvery) * progressEvery + progressEvery;
      write(progressLine(model));
    },
    close: () => {},
  };
};

const screenReporter = (terminal: Terminal): Reporter => {
  let screen: LiveScreen | undefined;
  return {
    say: line => {
      // While the screen is up there is one place for words, and the phase is on it.
      if (!screen) terminal.print(line);
    },
    event: () => {},
    liquidation: () => {},
    frame: model => {
      screen ??= openLiveScreen(process.stdout, terminal.paint);
      screen.draw(model);
    },
    close: () => {
      screen?.close();
      screen = undefined;
    },
  };
};

export const reporterFor = (terminal: Terminal, json: boolean): Reporter => {
  if (json) return plainReporter(terminal.note, terminal.json);
  if (process.stdout.isTTY && process.env.TERM !== 'dumb') return screenReporter(terminal);
  return plainReporter(terminal.print, () => {});
};
