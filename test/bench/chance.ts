/** Repeatable and fast; good enough to spread vaults and prices, and for nothing else. */
export interface Chance {
  /** Uniform in [0, 1). */
  unit(): number;
  between(from: number, to: number): number;
  pick<Option extends { readonly weight: number }>(options: readonly Option[]): Option;
}

/** Numerical Recipes' 32-bit linear congruential generator; its high bits come first in a double, so its weak low bits do not matter here. */
export const chance = (seed: number): Chance => {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return Object.freeze<Chance>({
    unit,
    between: (from, to) => from + unit() * (to - from),
    pick: options => {
      let rest = unit() * options.reduce((sum, option) => sum + option.weight, 0);
      const found = options.find(option => {
        rest -= option.weight;
        return rest < 0;
      });
      const last = found ?? options.at(-1);
      if (!last) throw new Error('there is nothing to pick from');
      return last;
    },
  });
};
