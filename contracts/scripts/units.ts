import { exact, type Kind, names, structs } from './unitRules.ts';

/** What the generated ABIs say of a parameter or a return value. */
export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly internalType?: string;
  readonly components?: readonly Parameter[];
}

export interface AbiFunction {
  readonly type: string;
  readonly name?: string;
  readonly inputs?: readonly Parameter[];
  readonly outputs?: readonly Parameter[];
}

/** One number that goes into a function or comes out of it; arrays are one leaf. */
export interface Leaf {
  /** `MarginEngine.deposit` */
  readonly owner: string;
  /** `amount`, `reports.priceWad`; `returns` or `returns.free` where the value itself has no name. */
  readonly path: string;
  readonly type: string;
  /** Name of the last part of the path, without the underscore that keeps it from hiding another name. */
  readonly field: string;
  /** `Book.free`, for a field of a struct. */
  readonly member: string | undefined;
  readonly isEnum: boolean;
}

const isNumber = (type: string): boolean => /^u?int\d*/.test(type);
const structOf = (internalType: string | undefined): string | undefined =>
  /^struct (?:\w+\.)?(\w+)/.exec(internalType ?? '')?.[1];

function leavesOf(owner: string, parameter: Parameter, path: string, struct: string | undefined): readonly Leaf[] {
  if (parameter.components !== undefined) {
    const inner = structOf(parameter.internalType);
    return parameter.components.flatMap(each => leavesOf(owner, each, `${path}.${each.name}`, inner));
  }
  if (!isNumber(parameter.type)) return [];
  const field = parameter.name.replace(/_$/, '');
  const isEnum = /^enum /.test(parameter.internalType ?? '');
  const member = struct === undefined ? undefined : `${struct}.${parameter.name}`;
  return [{ owner, path, type: parameter.type, field, member, isEnum }];
}

const all = (owner: string, parameters: readonly Parameter[] | undefined): readonly Leaf[] =>
  (parameters ?? []).flatMap(each => leavesOf(owner, each, each.name === '' ? 'returns' : each.name, undefined));

export const inputsOf = (owner: string, { inputs }: AbiFunction): readonly Leaf[] => all(owner, inputs);
export const outputsOf = (owner: string, { outputs }: AbiFunction): readonly Leaf[] => all(owner, outputs);

/** The narrowest word counts: what is said of this very value, of its struct's field, of its type, of its name. */
export function kindOf({ owner, path, member, isEnum, field }: Leaf): Kind | undefined {
  if (isEnum) return 'enum';
  const said = exact[`${owner}.${path}`] ?? (member === undefined ? undefined : structs[member]);
  return said ?? names.find(([pattern]) => pattern.test(field))?.[1];
}

/** Kinds whose scale a mistake of decimals would change: a function that has one needs a test. */
const scaled: readonly Kind[] = ['token', 'quote', 'price', 'size', 'share', 'price seconds'];
export const isScaled = (leaf: Leaf): boolean => scaled.includes(kindOf(leaf) as Kind);

/** Rules that nothing uses any more: left standing, they would be taken for a description of what is there. */
export function unused(leaves: readonly Leaf[]): readonly string[] {
  const values = new Set(leaves.map(({ owner, path }) => `${owner}.${path}`));
  const members = new Set(leaves.map(({ member }) => member));
  return [
    ...Object.keys(exact).filter(key => !values.has(key)),
    ...Object.keys(structs).filter(key => !members.has(key)),
  ];
}
