import type { Address, BlockRef, Hex } from '@bulkhead/shared';
import { numberToHex } from 'viem';
import { bytes, list, quantity, record } from '../endpoints/answers.ts';
import { pinned, type Rpc } from '../endpoints/rpc.ts';
import { ChainFault, malformed } from '../errors/chainFault.ts';
import { classifyChainError } from '../errors/classify.ts';
import { classifyRevert } from '../errors/revert.ts';
import { type RawLog, rawLog } from '../read/logs.ts';
import { parseStateDiff, type StateDiff } from './stateDiff.ts';

/** A call to be tried on top of a block. @property time of the block it would be in, seconds. */
export interface Trial {
  readonly from: Address;
  readonly to: Address;
  readonly data: Hex;
  readonly at: BlockRef;
  readonly time: number;
}

export interface Outcome {
  readonly gasUsed: bigint;
  readonly logs: readonly RawLog[];
}

const transactionOf = ({ from, to, data }: Trial) => ({ from, to, data });
const overridesOf = ({ time }: Trial) => ({ time: numberToHex(time) });

const simulateMethod = 'eth_simulateV1';
const traceMethod = 'debug_traceCall';

const returned = (call: Readonly<Record<string, unknown>>): Hex => {
  const data = (call['error'] as { readonly data?: unknown } | undefined)?.data ?? call['returnData'];
  return data == null ? '0x' : bytes(simulateMethod, data);
};

const said = (call: Readonly<Record<string, unknown>>): string =>
  String((call['error'] as { readonly message?: unknown } | undefined)?.message ?? 'execution reverted');

const bySimulation = async (rpc: Rpc, trial: Trial): Promise<Outcome> => {
  const block = { blockOverrides: overridesOf(trial), calls: [transactionOf(trial)] };
  const answer = await rpc(simulateMethod, [{ blockStateCalls: [block] }, pinned(trial.at)]);
  const [first] = list(simulateMethod, answer);
  const [result] = list(simulateMethod, record(simulateMethod, first)['calls']);
  const call = record(simulateMethod, result);
  if (quantity(simulateMethod, call['status']) !== 1n) throw new ChainFault(classifyRevert(returned(call), said(call)));
  return {
    gasUsed: quantity(simulateMethod, call['gasUsed']),
    logs: list(simulateMethod, call['logs']).map(log => rawLog(simulateMethod, log)),
  };
};

interface Frame {
  readonly logs?: readonly unknown[];
  readonly calls?: readonly Frame[];
  readonly error?: unknown;
}

/** Logs of a call frame and of those inside it that did not fail; their own order inside a transaction does not matter here. */
const frameLogs = (frame: Frame): readonly RawLog[] =>
  frame.error === undefined
    ? [...(frame.logs ?? []).map(log => rawLog(traceMethod, log)), ...(frame.calls ?? []).flatMap(frameLogs)]
    : [];

const byCallTrace = async (rpc: Rpc, trial: Trial): Promise<Outcome> => {
  const options = { tracer: 'callTracer', tracerConfig: { withLog: true }, blockOverrides: overridesOf(trial) };
  const frame = record(traceMethod, await rpc(traceMethod, [transactionOf(trial), pinned(trial.at), options]));
  if (frame['error'] !== undefined) {
    const data = frame['output'] == null ? '0x' : bytes(traceMethod, frame['output']);
    throw new ChainFault(classifyRevert(data, String(frame['error'])));
  }
  return { gasUsed: quantity(traceMethod, frame['gasUsed']), logs: frameLogs(frame as Frame) };
};

const lacksMethod = (error: unknown): boolean => classifyChainError(error)?.code === 'cannotSimulate';

/** Gas and logs of a call, by whichever of the two methods the endpoint has. @throws ChainFault: of a revert, its decoded kind. */
export const tryCall = async (rpc: Rpc, trial: Trial): Promise<Outcome> => {
  try {
    return await bySimulation(rpc, trial);
  } catch (error) {
    if (!lacksMethod(error)) throw error;
    return byCallTrace(rpc, trial);
  }
};

/** Every storage word that the call would change. @throws ChainFault. */
export const diffCall = async (rpc: Rpc, trial: Trial): Promise<StateDiff> => {
  const options = { tracer: 'prestateTracer', tracerConfig: { diffMode: true }, blockOverrides: overridesOf(trial) };
  const answer = await rpc(traceMethod, [transactionOf(trial), pinned(trial.at), options]);
  if (answer === null) throw malformed(traceMethod, answer);
  return parseStateDiff(answer);
};
