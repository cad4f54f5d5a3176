import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours text, or leaves it alone. Decided once, by whoever knows the stream. */
export type Paint = (style: Style, text: string) => string;

export const withColour: Paint = (style, text) => styleText(style, text, { validateStream: false });
export const withoutColour: Paint = (_, text) => text;

/** Colours only on a terminal that wants them (https://no-color.org). */
export const paintFor = (
  stream: { readonly isTTY?: boolean | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): Paint => (stream.isTTY && !environment.NO_COLOR && environment.TERM !== 'dumb' ? withColour : withoutColour);
