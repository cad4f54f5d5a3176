import { bytesToHex, keccak256, stringToBytes } from 'viem';

/** A repeatable source of chance: the n-th draw depends on the seed and n alone. */
export interface SeededRandom {
  /** Uniform in [0, 1). */
  unit(): number;
  /** Uniform in [from, to). */
  between(from: number, to: number): number;
  /** One of the options, in proportion to its weight. */
  pick<Option extends { readonly weight: number }>(options: readonly Option[]): Option;
}

const mantissa = 2 ** 53;

export const seededRandom = (seed: string): SeededRandom => {
  let drawn = 0;
  const unit = (): number => {
    const hash = keccak256(bytesToHex(stringToBytes(`${seed} | ${drawn++}`)));
    return Number(BigInt(hash) >> 203n) / mantissa;
  };
  return Object.freeze({
    unit,
    between: (from: number, to: number) => from + unit() * (to - from),
    pick: <Option extends { readonly weight: number }>(options: readonly Option[]): Option => {
      let rest = unit() * options.reduce((sum, option) => sum + option.weight, 0);
      for (const option of options) {
        if (rest < option.weight) return option;
        rest -= option.weight;
      }
      throw new Error('There is nothing to pick from, or no option has a weight.');
    },
  });
};
