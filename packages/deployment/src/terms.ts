import type { DeploymentChain, DeploymentFile } from '@bulkhead/shared/config';
import { type Address, zeroAddress } from 'viem';

/** Everything that the constructors of one chain fix. Units and bounds: the deployment file (`deploymentSchema`). */
export type DeploymentTerms = Pick<
  DeploymentFile,
  'timelock' | 'guardian' | 'oracle' | 'risk' | 'portfolio' | 'auction'
> &
  Pick<DeploymentChain, 'quoteToken' | 'sequencer'>;

/** The terms of one chain of a deployment file. */
export const termsOf = (file: DeploymentFile, { quoteToken, sequencer }: DeploymentChain): DeploymentTerms => {
  const { timelock, guardian, oracle, risk, portfolio, auction } = file;
  return { timelock, guardian, oracle, risk, portfolio, auction, quoteToken, sequencer };
};

/** Contracts want signers strictly ascending (BR-4). */
export const ascending = (addresses: readonly Address[]): readonly Address[] =>
  [...addresses].sort((left, right) => (BigInt(left) < BigInt(right) ? -1 : 1));

/** OracleTerms of the contract. */
export const oracleTermsOf = ({ oracle, sequencer }: DeploymentTerms) => ({
  feedSetId: oracle.feedSetId,
  maxAges: [oracle.maxAge.riskIncrease, oracle.maxAge.liquidation, oracle.maxAge.settlement] as const,
  maxStepWad: oracle.maxStep,
  confirmBandWad: oracle.confirmBand,
  maxConfWad: oracle.maxConfidence,
  stableRateWad: oracle.stableRate,
  sequencerFeed: sequencer?.feed ?? zeroAddress,
  graceSeconds: sequencer?.grace ?? 0,
});

/** AuctionTerms of the contract. */
export const auctionTermsOf = ({ auction }: DeploymentTerms) => ({
  bufferWad: auction.buffer,
  startDiscountWad: auction.startDiscount,
  kneeDiscountWad: auction.kneeDiscount,
  floorDiscountWad: auction.floorDiscount,
  kneeSeconds: auction.knee,
  floorSeconds: auction.floor,
  rewardSeconds: auction.reward,
  gapSeconds: auction.gap,
  dustQuote: auction.dust,
});
