import { type Account, type Chain, type Client, isAddressEqual, type TransactionReceipt, type Transport } from 'viem';
import { call, sendTransaction, waitForTransactionReceipt } from 'viem/actions';
import {
  AccountMissingError,
  RequirementNotMetError,
  StepRevertedError,
  WrongSenderError,
} from '../errors/bulkheadError.ts';
import { decodeError } from '../errors/decodeError.ts';
import type { Plan, Step } from './plan.ts';

/** A viem client with an account that can send. */
export type SendClient = Client<Transport, Chain | undefined, Account>;

const reasonOf = async (client: SendClient, step: Step, receipt: TransactionReceipt): Promise<unknown> => {
  try {
    await call(client, {
      account: step.from,
      to: step.to,
      data: step.data,
      value: step.value,
      blockNumber: receipt.blockNumber,
    });
    return undefined;
  } catch (error) {
    return decodeError(error);
  }
};

const sendStep = async (client: SendClient, step: Step): Promise<TransactionReceipt> => {
  let receipt: TransactionReceipt;
  try {
    const hash = await sendTransaction(client, {
      account: client.account,
      chain: client.chain ?? null,
      to: step.to,
      data: step.data,
      value: step.value,
    });
    receipt = await waitForTransactionReceipt(client, { hash });
  } catch (error) {
    throw decodeError(error);
  }
  if (receipt.status === 'success') return receipt;
  throw new StepRevertedError(step.description, receipt.transactionHash, await reasonOf(client, step, receipt));
};

/**
 * Sends a plan with the caller's own wallet: first what its requirements need, then its steps, each after the one before was included.
 * Nothing is sent when a requirement is not met that no step can meet, or when the wallet is not the plan's sender.
 *
 * @returns receipts of everything that was sent, in order.
 * @example
 * import { deposit, sendPlan } from '@bulkhead/sdk'
 *
 * const plan = await deposit(publicClient, { addresses, from: wallet.account.address, vaultId, token, amount })
 * await plan.simulate()
 * const receipts = await sendPlan(wallet, plan)
 */
export const sendPlan = async (client: SendClient, plan: Plan<unknown>): Promise<readonly TransactionReceipt[]> => {
  if (client.account === undefined) throw new AccountMissingError(plan.name);
  if (!isAddressEqual(client.account.address, plan.from)) {
    throw new WrongSenderError(plan.name, plan.from, client.account.address);
  }
  const hopeless = plan.requirements.find(each => !each.met && each.step === undefined);
  if (hopeless) throw new RequirementNotMetError(plan.name, hopeless.description, hopeless.remedy);
  const receipts: TransactionReceipt[] = [];
  for (const step of plan.pending) receipts.push(await sendStep(client, step));
  return receipts;
};
