import type { Address } from 'viem';
import type { ParameterSet } from '../parameterSets.ts';
import { addressOf, create3Factory } from './create3.ts';

/** Where everything is; the same on every chain of one seed. */
export interface LocalAddresses {
  readonly create3Factory: Address;
  readonly vaultRegistry: Address;
  readonly oracleHub: Address;
  readonly marginEngine: Address;
  readonly marginGroups: Address;
  readonly portfolioRequirements: Address;
  readonly clearingHouse: Address;
  /** Code that the clearing house runs on its own storage. */
  readonly trading: Address;
  readonly closeOut: Address;
  readonly defaultWaterfall: Address;
  readonly liquidationEngine: Address;
  readonly riskConfig: Address;
  readonly guardian: Address;
  readonly vaultLens: Address;
  readonly multicall3: Address;
  readonly quoteToken: Address;
  /** Test tokens by symbol, the quote token included. */
  readonly tokens: Readonly<Record<string, Address>>;
}

/** Multicall3's own address; local chains get our copy of it there. */
export const multicall3Address: Address = '0xcA11bde05977b3631167028862bE2a173976CA11';

export const contractNames = [
  'VaultRegistry',
  'OracleHub',
  'Guardian',
  'MarginEngine',
  'Trading',
  'CloseOut',
  'MarginGroups',
  'PortfolioRequirements',
  'RiskConfig',
  'DefaultWaterfall',
  'ClearingHouse',
  'LiquidationEngine',
  'VaultLens',
] as const;

export const localAddresses = (deployer: Address, set: ParameterSet): LocalAddresses => {
  const tokens = Object.fromEntries(
    set.collaterals.map(each => [each.symbol, addressOf(deployer, `token/${each.symbol}`)]),
  );
  const quote = set.collaterals.find(each => each.feed === undefined);
  const quoteToken = quote && tokens[quote.symbol];
  if (quoteToken === undefined)
    throw new Error(`Parameter set "${set.name}" has no quote token: one collateral must have no feed.`);
  return Object.freeze({
    create3Factory,
    vaultRegistry: addressOf(deployer, 'VaultRegistry'),
    oracleHub: addressOf(deployer, 'OracleHub'),
    marginEngine: addressOf(deployer, 'MarginEngine'),
    marginGroups: addressOf(deployer, 'MarginGroups'),
    portfolioRequirements: addressOf(deployer, 'PortfolioRequirements'),
    clearingHouse: addressOf(deployer, 'ClearingHouse'),
    trading: addressOf(deployer, 'Trading'),
    closeOut: addressOf(deployer, 'CloseOut'),
    defaultWaterfall: addressOf(deployer, 'DefaultWaterfall'),
    liquidationEngine: addressOf(deployer, 'LiquidationEngine'),
    riskConfig: addressOf(deployer, 'RiskConfig'),
    guardian: addressOf(deployer, 'Guardian'),
    vaultLens: addressOf(deployer, 'VaultLens'),
    multicall3: multicall3Address,
    quoteToken,
    tokens: Object.freeze(tokens),
  });
};
