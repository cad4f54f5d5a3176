/** The bytes at every address. */
import { contractKeys, escrowImplementationOf } from '@bulkhead/addresses';
import { escrowBytecode, runtimeCodes } from '@bulkhead/contracts';
import { type Address, getAddress, type Hex, pad, slice } from 'viem';
import type { DeploymentPlan, PlannedContract } from '../planDeployment.ts';
import type { ReadClient } from '../readClient.ts';
import { constructedCode, differsFromCompiled, firstDifference, wrongImmutables } from '../runtimeCode.ts';
import { type Examined, type Finding, wordsOf } from './finding.ts';

/** An immutable for people: whose address it is, when it is one that the plan knows. */
const wordIn = (plan: DeploymentPlan, word: Hex): string => {
  const known: readonly (readonly [string, Address])[] = [
    ...Object.entries(plan.addresses),
    ['deployer', plan.origin.deployer],
    ['quoteToken', plan.terms.quoteToken],
    ['guardian key', plan.terms.guardian],
  ];
  const named = known.find(([, address]) => pad(address).toLowerCase() === word.toLowerCase());
  if (named) return `the ${named[0]} (${named[1]})`;
  return /^0x0{24}[0-9a-f]{24}/i.test(word) && BigInt(word) >= 2n ** 96n
    ? `the address ${getAddress(slice(word, 12))}`
    : `${BigInt(word)}`;
};

const immutableFindings = (
  plan: DeploymentPlan,
  contract: PlannedContract,
  code: Hex,
  wanted: Hex,
): readonly Finding[] =>
  wrongImmutables(contract.name, code, wanted).map(({ at, found, wanted: should }) => ({
    kind: 'wrongImmutable',
    contract: contract.name,
    address: contract.address,
    message: `names ${wordIn(plan, found)} at byte ${at} of its code, where the constructor would have put ${wordIn(plan, should)}.`,
  }));

const findingsOf = async (
  client: ReadClient,
  plan: DeploymentPlan,
  contract: PlannedContract,
): Promise<readonly Finding[]> => {
  const { name, address } = contract;
  const about = { contract: name, address };
  const code = (await client.getCode({ address })) ?? '0x';
  if (code === '0x')
    return [{ ...about, kind: 'noCode', message: 'is not deployed: there is no code at its address.' }];
  const difference = differsFromCompiled(code, contract);
  if (difference !== undefined) {
    const message = `holds other code than this version's ${name}: byte ${difference} differs.`;
    return [{ ...about, kind: 'wrongCode', message }];
  }
  try {
    return immutableFindings(plan, contract, code, await constructedCode(client, plan, contract));
  } catch (error) {
    const message = `could not be constructed again to compare what it fixed: ${wordsOf(error)} An endpoint must take state overrides in eth_call.`;
    return [{ ...about, kind: 'cannotLook', message }];
  }
};

/** Every byte of every contract, immutables included. */
export const examineCodes = (client: ReadClient, plan: DeploymentPlan): readonly Promise<Examined>[] =>
  plan.contracts.map(async contract => ({
    what: `${contract.name} at ${contract.address}: every byte and every immutable`,
    findings: await findingsOf(client, plan, contract),
  }));

/** All escrows are clones of it: its code has one immutable, the margin engine. */
export const examineEscrow = async (client: ReadClient, plan: DeploymentPlan): Promise<Examined> => {
  const engine = plan.addresses[contractKeys.MarginEngine];
  const address = escrowImplementationOf(engine);
  const { offset, length, immutables } = runtimeCodes.Escrow;
  const wanted = immutables.reduce<Hex>(
    (code, [start, size]) =>
      `${code.slice(0, 2 + 2 * start)}${pad(engine).slice(2)}${code.slice(2 + 2 * (start + size))}` as Hex,
    slice(escrowBytecode, offset, offset + length),
  );
  const found = ((await client.getCode({ address })) ?? '0x').toLowerCase() as Hex;
  const difference = firstDifference(found, wanted.toLowerCase() as Hex);
  return {
    what: `the escrow implementation at ${address} obeys this margin engine`,
    findings:
      difference === undefined
        ? []
        : [
            {
              kind: 'wrongCode',
              contract: 'Escrow',
              address,
              message: `holds other code: byte ${difference} differs.`,
            },
          ],
  };
};
