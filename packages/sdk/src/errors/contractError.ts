import {
  type Abi,
  type AbiFunction,
  type AbiParameter,
  type ContractErrorArgs,
  type ContractErrorName,
  type Hex,
  toFunctionSelector,
} from 'viem';
import { BulkheadError } from './bulkheadError.ts';

/** An error that a contract of ours reverted with: which, and with what arguments. */
export interface ContractError<Name extends string = string, Args = readonly unknown[]> extends BulkheadError {
  /** Name in the ABI. */
  readonly errorName: Name;
  readonly args: Args;
}

/** Class of one contract error; `instanceof` tells errors apart. */
export interface ContractErrorClass<Name extends string = string, Args = readonly unknown[]> {
  new (args: Args, cause?: unknown): ContractError<Name, Args>;
  readonly errorName: Name;
  /** First four bytes of its revert data. */
  readonly selector: Hex;
  readonly inputs: readonly AbiParameter[];
}

interface Explanation {
  /** What happened, one sentence. */
  readonly what: string;
  readonly remedy?: string;
}

const metaOf = (inputs: readonly AbiParameter[], args: readonly unknown[]): readonly string[] =>
  inputs.map((input, index) => `${input.name ?? index}: ${String(args[index])}`);

/** Errors have selectors as functions do. */
const selectorOf = (name: string, inputs: readonly AbiParameter[]): Hex => {
  const item: AbiFunction = { type: 'function', name, inputs, outputs: [], stateMutability: 'pure' };
  return toFunctionSelector(item);
};

/** Makes the class of one error of an ABI. The explanation is written for whoever called. */
export const defineContractError = <const abi extends Abi, name extends ContractErrorName<abi>>(
  abi: abi,
  name: name,
  explain: (args: ContractErrorArgs<abi, name>) => Explanation,
): ContractErrorClass<name, ContractErrorArgs<abi, name>> => {
  const item = abi.find(each => each.type === 'error' && each.name === name);
  if (item?.type !== 'error') throw new Error(`The ABI has no error ${name}.`);
  const { inputs } = item;
  return class extends BulkheadError {
    override name = `${name}Error`;
    static readonly errorName = name;
    static readonly selector = selectorOf(name, inputs);
    static readonly inputs = inputs;
    readonly errorName = name;
    readonly args: ContractErrorArgs<abi, name>;

    constructor(args: ContractErrorArgs<abi, name>, cause?: unknown) {
      const { what, remedy } = explain(args);
      super(what, {
        cause,
        ...(remedy === undefined ? {} : { remedy }),
        metaMessages: [`contract error: ${name}`, ...metaOf(inputs, args as readonly unknown[])],
        docsPath: `docs/reference/errors.md#${name.toLowerCase()}`,
      });
      this.args = args;
    }
  };
};
