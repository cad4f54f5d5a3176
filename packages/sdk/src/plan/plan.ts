import type { Account, Address, Chain, Client, Hex, Transport } from 'viem';
import { simulateBlocks } from 'viem/actions';
import { BulkheadError } from '../errors/bulkheadError.ts';
import { decodeError, errorFromRevertData } from '../errors/decodeError.ts';

/** Any viem client that can read. */
export type ReadClient = Client<Transport, Chain | undefined, Account | undefined>;

/** One transaction of a plan. */
export interface Step {
  /** For people: what it does. */
  readonly description: string;
  readonly from: Address;
  readonly to: Address;
  readonly data: Hex;
  /** Native currency sent along, in wei. */
  readonly value: bigint;
}

interface RequirementBase {
  /** For people: what is needed. */
  readonly description: string;
  /** Whether it held at the block the plan was made at. */
  readonly met: boolean;
  /** What brings it about, when the plan's own sender can do so. */
  readonly step: Step | undefined;
  /** How to meet it when nobody but somebody else can. */
  readonly remedy: string;
}

/** `spender` may take `needed` of `token` from `owner`. Amounts in the token's own decimals. */
export interface ApprovalRequirement extends RequirementBase {
  readonly kind: 'approval';
  readonly token: Address;
  readonly owner: Address;
  readonly spender: Address;
  readonly needed: bigint;
  readonly current: bigint;
}

/** `owner` holds `needed` of `token`. */
export interface BalanceRequirement extends RequirementBase {
  readonly kind: 'balance';
  readonly token: Address;
  readonly owner: Address;
  readonly needed: bigint;
  readonly current: bigint;
}

/** `operator` owns the account, or holds these rights on it. */
export interface RightsRequirement extends RequirementBase {
  readonly kind: 'rights';
  readonly accountId: Hex;
  readonly operator: Address;
  readonly rights: bigint;
}

/** The sender is who the call demands: the admin, an owner, a member's operator. */
export interface SenderRequirement extends RequirementBase {
  readonly kind: 'sender';
  readonly expected: readonly Address[];
}

export type Requirement = ApprovalRequirement | BalanceRequirement | RightsRequirement | SenderRequirement;

/** What a simulation saw. */
export interface PlanSimulation<Result> {
  /** The block it was run on top of; number of the block that the steps would be in. */
  readonly block: bigint;
  readonly gasUsed: bigint;
  readonly result: Result;
}

/**
 * What is to be sent, and what must hold for it to succeed. Frozen data: nothing is sent until somebody sends it, with their own wallet.
 */
export interface Plan<Result> {
  readonly name: string;
  readonly from: Address;
  readonly requirements: readonly Requirement[];
  /** Sent in order, after the steps of the requirements that are not met. */
  readonly steps: readonly Step[];
  /** Steps that would be sent now: those of unmet requirements, then the plan's own. */
  readonly pending: readonly Step[];
  /** Runs all pending steps, one on top of the other, on the newest block. Throws what would stop them. */
  simulate(): Promise<PlanSimulation<Result>>;
}

interface SimulatedCall {
  readonly status: 'success' | 'failure';
  readonly data: Hex;
  readonly gasUsed: bigint;
  readonly error?: Error;
}

const runSteps = async (
  client: ReadClient,
  steps: readonly Step[],
): Promise<{ block: bigint; calls: readonly SimulatedCall[] }> => {
  try {
    const [block] = await simulateBlocks(client, {
      blocks: [{ calls: steps.map(({ from, to, data, value }) => ({ account: from, to, data, value })) }],
    });
    return { block: block?.number ?? 0n, calls: (block?.calls ?? []) as readonly SimulatedCall[] };
  } catch (error) {
    throw decodeError(error);
  }
};

/** Makes a plan. `decode` reads the result out of what the last step returned. */
export const createPlan = <Result>(
  client: ReadClient,
  options: {
    readonly name: string;
    readonly from: Address;
    readonly requirements?: readonly Requirement[];
    readonly steps: readonly Step[];
    readonly decode: (returned: readonly Hex[]) => Result;
  },
): Plan<Result> => {
  const { name, from, steps } = options;
  const requirements = options.requirements ?? [];
  const unmet = requirements.filter(each => !each.met);
  const pending = [...unmet.flatMap(each => each.step ?? []), ...steps];
  const simulate = async (): Promise<PlanSimulation<Result>> => {
    const { block, calls } = await runSteps(client, pending);
    const failed = calls.findIndex(call => call.status === 'failure');
    const [call, step] = [calls[failed], pending[failed]];
    if (call && step) {
      throw (
        errorFromRevertData(call.data) ??
        new BulkheadError(`${name}: "${step.description}" would fail.`, { cause: call.error, details: call.data })
      );
    }
    const returned = calls.slice(pending.length - steps.length).map(each => each.data);
    return { block, gasUsed: calls.reduce((sum, each) => sum + each.gasUsed, 0n), result: options.decode(returned) };
  };
  return Object.freeze({
    name,
    from,
    requirements: Object.freeze(requirements.map(each => Object.freeze(each))),
    steps: Object.freeze(steps.map(each => Object.freeze(each))),
    pending: Object.freeze(pending),
    simulate,
  });
};
