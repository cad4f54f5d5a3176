/** Sends a deployment, one transaction after the other: each contract asks those before it while it is constructed. */
import { DeploymentError, type DeploymentStep } from '@bulkhead/deployment';
import { createWalletClient, formatEther, type Hex, http, publicActions } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { wordsOf } from '../startup/startupError.ts';

export interface Sending {
  readonly endpoint: string;
  readonly chainId: number;
  readonly key: Hex;
  /** Most that this run may spend on the chain, wei. */
  readonly spendCap: bigint;
  readonly signal: AbortSignal;
  readonly onSent: (step: DeploymentStep, hash: Hex) => void;
}

const walletOf = ({ endpoint, key }: Sending) =>
  createWalletClient({ account: privateKeyToAccount(key), transport: http(endpoint, { timeout: 60_000 }) }).extend(
    publicActions,
  );
type Wallet = ReturnType<typeof walletOf>;

/** What an earlier run sent may still land: sending it again would only burn gas. */
const requireNothingPending = async (wallet: Wallet): Promise<void> => {
  const { address } = wallet.account;
  const [latest, pending] = await Promise.all([
    wallet.getTransactionCount({ address, blockTag: 'latest' }),
    wallet.getTransactionCount({ address, blockTag: 'pending' }),
  ]);
  if (pending <= latest) return;
  throw new DeploymentError({
    field: 'signer.address',
    problem: `${address} has ${pending - latest} transactions that are not mined yet.`,
    remedy: 'Wait until they are, or replace them, and run the same command again.',
  });
};

/** The transaction as it will be signed, and the most that it can cost. */
const prepare = async (wallet: Wallet, step: DeploymentStep, chainId: number) => {
  const request = await wallet
    .prepareTransactionRequest({ chain: null, chainId, to: step.to, data: step.data })
    .catch((error: unknown) => {
      throw new DeploymentError({
        field: step.name,
        problem: 'cannot be deployed: its constructor would revert, or the deployer cannot pay.',
        remedy: 'Correct what the details name in the deployment file, and run the same command again.',
        details: wordsOf(error),
      });
    });
  const price = request.maxFeePerGas ?? request.gasPrice ?? 0n;
  return { request, cost: request.gas * price };
};

const sendOne = async (wallet: Wallet, step: DeploymentStep, sending: Sending, left: bigint): Promise<bigint> => {
  const { request, cost } = await prepare(wallet, step, sending.chainId);
  if (cost > left) {
    throw new DeploymentError({
      field: 'signer.dailySpendCap',
      problem: `${step.name} may cost ${formatEther(cost)}, and ${formatEther(left)} of the cap are left.`,
      remedy: 'Wait for cheaper gas, or raise the cap, and run the same command again: it goes on from here.',
    });
  }
  const serializedTransaction = await wallet.signTransaction({ ...request, chain: null } as never);
  const hash = await wallet.sendRawTransaction({ serializedTransaction });
  sending.onSent(step, hash);
  const receipt = await wallet.waitForTransactionReceipt({ hash });
  if (receipt.status === 'success') return receipt.gasUsed * receipt.effectiveGasPrice;
  throw new DeploymentError({
    field: step.name,
    problem: `its deployment ${hash} reverted.`,
    remedy: 'Run the same command with --dry-run: it says what stands where.',
  });
};

/**
 * Sends what is left, and stops between two transactions when the signal aborts.
 * @returns how many were sent.
 * @throws DeploymentError
 */
export const sendSteps = async (steps: readonly DeploymentStep[], sending: Sending): Promise<number> => {
  const wallet = walletOf(sending);
  if (steps.length > 0) await requireNothingPending(wallet);
  let left = sending.spendCap;
  let sent = 0;
  for (const step of steps) {
    if (sending.signal.aborted) break;
    left -= await sendOne(wallet, step, sending, left);
    sent += 1;
  }
  return sent;
};
