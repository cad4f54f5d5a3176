/** Which keys a block of the configuration may hold, read from the schema itself so that messages cannot fall behind it. */
import type { z } from 'zod';

/** The parts of a schema's definition that lead to the object inside it. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly options?: readonly z.core.$ZodType[];
  readonly in?: z.core.$ZodType;
}

const definitionOf = (schema: z.core.$ZodType): Definition => schema._zod.def as unknown as Definition;

const unwrap = (schema: z.core.$ZodType): readonly Definition[] => {
  const definition = definitionOf(schema);
  if (definition.innerType) return unwrap(definition.innerType);
  if (definition.options) return definition.options.flatMap(unwrap);
  if (definition.type === 'pipe' && definition.in) return unwrap(definition.in);
  return [definition];
};

const step = (definition: Definition, key: PropertyKey): readonly Definition[] => {
  if (typeof key === 'number') return definition.element ? unwrap(definition.element) : [];
  const child = definition.shape?.[String(key)];
  return child ? unwrap(child) : [];
};

/** Keys allowed in the block at `path`; those of every alternative where there are several. */
export const keysAt =
  (schema: z.core.$ZodType) =>
  (path: readonly PropertyKey[]): readonly string[] => {
    const definitions = path.reduce((current, key) => current.flatMap(each => step(each, key)), unwrap(schema));
    return [...new Set(definitions.flatMap(definition => Object.keys(definition.shape ?? {})))];
  };
