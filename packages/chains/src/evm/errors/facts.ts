import type { Hex } from '@bulkhead/shared';

/** What can be known of a failed request, whoever threw it: viem's transports wrap the same facts in many layers. */
export interface ErrorFacts {
  /** Names of all layers, outermost first. */
  readonly names: readonly string[];
  /** JSON-RPC code, of the innermost layer that has one. */
  readonly code: number | undefined;
  /** HTTP status. */
  readonly status: number | undefined;
  /** The endpoint's own words, of the innermost layer. */
  readonly said: string;
  /** Revert data. */
  readonly data: Hex | undefined;
}

interface Layer {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly details?: unknown;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly data?: unknown;
  readonly cause?: unknown;
}

const deepest = 12;

const layersOf = (error: unknown): readonly Layer[] => {
  const layers: Layer[] = [];
  let current = error;
  while (typeof current === 'object' && current !== null && layers.length < deepest) {
    layers.push(current as Layer);
    current = (current as Layer).cause;
  }
  return layers;
};

const isHex = (value: unknown): value is Hex => typeof value === 'string' && /^0x([0-9a-fA-F]{2})*$/.test(value);

/** Some nodes wrap revert data once more: `{data: {data: "0x…"}}`. */
const dataOf = (layer: Layer): Hex | undefined => {
  if (isHex(layer.data)) return layer.data;
  const inner = (layer.data as { readonly data?: unknown } | null | undefined)?.data;
  return isHex(inner) ? inner : undefined;
};

const lastDefined = <Value>(values: readonly (Value | undefined)[]): Value | undefined =>
  values.findLast(value => value !== undefined);

/** Facts of an error thrown by a transport, or of a plain JSON-RPC error object. */
export const factsOf = (error: unknown): ErrorFacts => {
  const layers = layersOf(error);
  const innermost = layers.at(-1);
  const words = lastDefined(
    layers.map(({ details, message }) => {
      const best = typeof details === 'string' && details !== '' ? details : message;
      return typeof best === 'string' && best !== '' ? best : undefined;
    }),
  );
  return {
    names: layers.map(({ name }) => (typeof name === 'string' ? name : '')),
    code: lastDefined(layers.map(({ code }) => (typeof code === 'number' ? code : undefined))),
    status: lastDefined(layers.map(({ status }) => (typeof status === 'number' ? status : undefined))),
    said: words ?? (innermost === undefined ? String(error) : ''),
    data: lastDefined(layers.map(dataOf)),
  };
};
