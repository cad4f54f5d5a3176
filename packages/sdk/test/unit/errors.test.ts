import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  clearingHouseAbi,
  iClearingHouseAbi,
  iDefaultWaterfallAbi,
  iGuardianAbi,
  iLiquidationEngineAbi,
  iMarginEngineAbi,
  iMarginGroupsAbi,
  iOracleHubAbi,
  iPortfolioRequirementsAbi,
  iRiskConfigAbi,
  iVaultRegistryAbi,
} from '@bulkhead/contracts';
import {
  BulkheadError,
  contractErrorClasses,
  decodeError,
  RequestFailedError,
  StalePriceError,
  UnhealthyError,
  UnknownRevertError,
} from '@bulkhead/sdk';
import { type Abi, type AbiFunction, encodeErrorResult, type Hex, toFunctionSelector } from 'viem';
import { describe, expect, test } from 'vitest';

const vault: Hex = `0x${'11'.repeat(32)}`;
const feed: Hex = `0x${'22'.repeat(32)}`;

const errorsOf = (abi: Abi) => abi.filter(item => item.type === 'error');
const selectorOf = (item: ReturnType<typeof errorsOf>[number]): Hex => {
  const likeFunction: AbiFunction = { ...item, type: 'function', outputs: [], stateMutability: 'pure' };
  return toFunctionSelector(likeFunction);
};

describe('errors', () => {
  test.each([
    ['VaultRegistry', iVaultRegistryAbi],
    ['OracleHub', iOracleHubAbi],
    ['Guardian', iGuardianAbi],
    ['MarginEngine', iMarginEngineAbi],
    ['MarginGroups', iMarginGroupsAbi],
    ['PortfolioRequirements', iPortfolioRequirementsAbi],
    ['RiskConfig', iRiskConfigAbi],
    ['ClearingHouse', iClearingHouseAbi],
    ['DefaultWaterfall', iDefaultWaterfallAbi],
    ['LiquidationEngine', iLiquidationEngineAbi],
  ] as const)('every error of %s has a class of its own', (_, abi) => {
    const without = errorsOf(abi).filter(item => !contractErrorClasses.has(selectorOf(item)));
    expect(without.map(item => item.name)).toEqual([]);
  });

  test('every class is documented', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/reference/errors.md'), 'utf8');
    const names = [...contractErrorClasses.values()].map(each => each.errorName);
    expect(names.filter(name => !page.includes(`## ${name}\n`))).toEqual([]);
  });

  test('revert data is found wherever a client or an endpoint puts it', () => {
    const data = encodeErrorResult({ abi: iOracleHubAbi, errorName: 'StalePrice', args: [feed, 7n, 10n] });
    for (const thrown of [{ data }, { cause: { data } }, { cause: { cause: { data: { data } } } }, { raw: data }]) {
      const error = decodeError(thrown);
      expect(error).toBeInstanceOf(StalePriceError);
      expect(error).toBeInstanceOf(BulkheadError);
      expect((error as InstanceType<typeof StalePriceError>).args).toEqual([feed, 7n, 10n]);
    }
  });

  test('an error says what happened, the arguments, how to mend it and where it is documented', () => {
    const error = new UnhealthyError([vault, -5n, 10n]);
    expect(error.message).toContain('would end with equity -5, below the requirement 10');
    expect(error.message).toContain('To mend it: Withdraw or trade less, or deposit first.');
    expect(error.message).toContain(`vaultId: ${vault}`);
    expect(error.message).toContain('docs/reference/errors.md#unhealthy');
    expect(error.name).toBe('UnhealthyError');
  });

  test('the same error of two contracts is one class', () => {
    const data = encodeErrorResult({ abi: clearingHouseAbi, errorName: 'NotAdmin', args: [`0x${'33'.repeat(20)}`] });
    expect(decodeError({ data }).name).toBe('NotAdminError');
  });

  test('what no contract of ours says is told apart from an endpoint that failed', () => {
    expect(decodeError({ data: '0xdeadbeef' })).toBeInstanceOf(UnknownRevertError);
    expect(decodeError(new Error('socket hang up'))).toBeInstanceOf(RequestFailedError);
  });
});
