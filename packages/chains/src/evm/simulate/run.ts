import type { Address, BlockRef, Hex } from '@bulkhead/shared';
import { numberToHex } from 'viem';
import { bytes, list, quantity, record } from '../endpoints/answers.ts';
import { pinned, type Rpc } from '../endpoints/rpc.ts';
import { ChainFault, malformed } from '../errors/chainFault.ts';
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

interface IndexedLog {
  readonly index: number;
  readonly log: RawLog;
}

const indexedLog = (value: unknown): IndexedLog => {
  const { index } = record(traceMethod, value);
  return { index: Number(quantity(traceMethod, index)), log: rawLog(traceMethod, value) };
};

/** Logs of a call frame and of those inside it that did not fail. */
const frameLogs = (frame: Frame): readonly IndexedLog[] =>
  frame.error === undefined ? [...(frame.logs ?? []).map(indexedLog), ...(frame.calls ?? []).flatMap(frameLogs)] : [];

const byCallTrace = async (rpc: Rpc, trial: Trial): Promise<Outcome> => {
  const options = { tracer: 'callTracer', tracerConfig: { withLog: true }, blockOverrides: overridesOf(trial) };
  const frame = record(traceMethod, await rpc(traceMethod, [transactionOf(trial), pinned(trial.at), options]));
  if (frame['error'] !== undefined) {
    const data = frame['output'] == null ? '0x' : bytes(traceMethod, frame['output']);
    throw new ChainFault(classifyRevert(data, String(frame['error'])));
  }
  const logs = frameLogs(frame as Frame).toSorted((left, right) => left.index - right.index);
  return { gasUsed: quantity(traceMethod, frame['gasUsed']), logs: logs.map(({ log }) => log) };
};

/**
 * Gas and logs of a call, by the tracer where there is one (it is the faster of the two on every node tried), else by simulation.
 * @throws ChainFault: of a revert, its decoded kind.
 */
export const tryCall = (rpc: Rpc, trial: Trial, traced: boolean): Promise<Outcome> =>
  traced ? byCallTrace(rpc, trial) : bySimulation(rpc, trial);

/** Every storage word that the call would change. @throws ChainFault. */
export const diffCall = async (rpc: Rpc, trial: Trial): Promise<StateDiff> => {
  const options = { tracer: 'prestateTracer', tracerConfig: { diffMode: true }, blockOverrides: overridesOf(trial) };
  const answer = await rpc(traceMethod, [transactionOf(trial), pinned(trial.at), options]);
  if (answer === null) throw malformed(traceMethod, answer);
  return parseStateDiff(answer);
};
