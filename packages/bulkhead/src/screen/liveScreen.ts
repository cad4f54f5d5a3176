import type { WriteStream } from 'node:tty';
import type { Paint } from './paint.ts';
import { renderScreen } from './renderScreen.ts';
import type { ScreenModel } from './viewModel.ts';

/** Own screen, no cursor, no wrapping: what is too long for a small terminal is cut, not folded into the next line. */
const enterOwnScreen = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const leaveOwnScreen = '\u001b[?7h\u001b[?25h\u001b[?1049l';
/** Synchronised output: terminals that know it show a frame whole, others ignore it. */
const [beginFrame, endFrame] = ['\u001b[?2026h', '\u001b[?2026l'];
const [home, clearLine, clearBelow] = ['\u001b[H', '\u001b[K', '\u001b[J'];

export interface LiveScreen {
  draw(model: ScreenModel): void;
  /** Gives the terminal back as it was. Safe to call twice. */
  close(): void;
}

/** Draws frames on the terminal's alternate screen: every line is overwritten in place, so nothing flickers and nothing scrolls. */
export const openLiveScreen = (stream: WriteStream, paint: Paint): LiveScreen => {
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    process.off('exit', close);
    stream.write(leaveOwnScreen);
  };
  // A crash must not leave the operator's terminal without a cursor.
  process.on('exit', close);
  stream.write(enterOwnScreen);
  return Object.freeze<LiveScreen>({
    draw: model => {
      if (!open) return;
      const lines = renderScreen(model, { columns: stream.columns ?? 80, rows: stream.rows ?? 24 }, paint);
      stream.write(
        `${beginFrame}${home}${lines.map(line => `${line}${clearLine}`).join('\r\n')}${clearBelow}${endFrame}`,
      );
    },
    close,
  });
};
