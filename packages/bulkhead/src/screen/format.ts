/** Small pure helpers that turn numbers into fixed-width text. */

export const clip = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
export const left = (text: string, width: number): string => clip(text, width).padEnd(width);
export const right = (text: string, width: number): string => clip(text, width).padStart(width);

/** 75 → `1:15`. @param total seconds. */
export const clockText = (total: number): string => {
  const whole = Math.max(0, Math.floor(total));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
};

/** 1234567 → `1,234,567`. */
export const amountText = (value: number, digits = 0): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** Short for narrow columns: `1.2M`, `45.3k`, `812`. */
export const shortAmount = (value: number): string => {
  const size = Math.abs(value);
  if (size >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (size >= 1e4) return `${(value / 1e3).toFixed(1)}k`;
  return value.toFixed(0);
};

export const percentText = (share: number): string => `${share >= 0 ? '+' : '−'}${Math.abs(share * 100).toFixed(1)}%`;

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A horizontal bar of at most `width` cells, in eighths of a cell. */
export const bar = (value: number, largest: number, width: number): string => {
  if (largest <= 0 || value <= 0) return '';
  const steps = Math.max(1, Math.round((value / largest) * width * 8));
  return '█'.repeat(Math.floor(steps / 8)) + (eighths[steps % 8] ?? '');
};

const ramp = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** The newest `width` values as one row of blocks. */
export const sparkline = (values: readonly number[], width: number): string => {
  const shown = values.slice(-width);
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  return shown
    .map(value => ramp[high === low ? 3 : Math.min(7, Math.floor(((value - low) / (high - low)) * 8))] ?? '')
    .join('');
};
