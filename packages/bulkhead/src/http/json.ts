/** JSON for what domain objects hold: amounts are decimal strings (WIRE), maps are objects, sets are lists. */
export const toJson = (value: unknown, indent?: number): string =>
  JSON.stringify(
    value,
    (_, item: unknown) => {
      if (typeof item === 'bigint') return item.toString();
      if (item instanceof Map) return Object.fromEntries(item);
      if (item instanceof Set) return [...item];
      return item;
    },
    indent,
  );
