import { type AddressBook, publishedAddressBook } from '@bulkhead/addresses';
import { type AdmitMemberParameters, admitMember } from './actions/admitMember.ts';
import { type BecomeMemberParameters, becomeMember } from './actions/becomeMember.ts';
import { type DepositParameters, deposit } from './actions/deposit.ts';
import { type EnsureAccountParameters, ensureAccount } from './actions/ensureAccount.ts';
import { type HealthParameters, health } from './actions/health.ts';
import {
  type FormGroupParameters,
  formGroup,
  type JoinGroupParameters,
  joinGroup,
  type LeaveGroupParameters,
  leaveGroup,
  type MarginGroupParameters,
  marginGroup,
  type SetGroupModeParameters,
  setGroupMode,
} from './actions/marginGroup.ts';
import { type NovateParameters, novate } from './actions/novate.ts';
import { type OpenVaultsParameters, openVaults } from './actions/openVaults.ts';
import {
  type PushParametersParameters,
  pushParameters,
  type RiskParametersParameters,
  riskParameters,
} from './actions/riskParameters.ts';
import { type SetRightsParameters, setRights } from './actions/setRights.ts';
import { type WithdrawParameters, withdraw } from './actions/withdraw.ts';
import { addressesOn, type BulkheadAddresses } from './addresses.ts';
import { DeploymentUnknownError } from './errors/bulkheadError.ts';
import type { ReadClient } from './plan/plan.ts';

type Without<Parameters> = Omit<Parameters, 'addresses'>;

/**
 * All actions as methods of a client that knows one deployment. The same exist as free functions.
 * A type, not an interface: viem's `extend` takes only what has an implicit index signature.
 */
export type BulkheadActions = {
  ensureAccount(parameters?: Without<EnsureAccountParameters>): ReturnType<typeof ensureAccount>;
  openVaults(parameters?: Without<OpenVaultsParameters>): ReturnType<typeof openVaults>;
  setRights(parameters: Without<SetRightsParameters>): ReturnType<typeof setRights>;
  deposit(parameters: Without<DepositParameters>): ReturnType<typeof deposit>;
  withdraw(parameters: Without<WithdrawParameters>): ReturnType<typeof withdraw>;
  novate(parameters: Without<NovateParameters>): ReturnType<typeof novate>;
  admitMember(parameters: Without<AdmitMemberParameters>): ReturnType<typeof admitMember>;
  becomeMember(parameters: Without<BecomeMemberParameters>): ReturnType<typeof becomeMember>;
  health(parameters: Without<HealthParameters>): ReturnType<typeof health>;
  formGroup(parameters: Without<FormGroupParameters>): ReturnType<typeof formGroup>;
  joinGroup(parameters: Without<JoinGroupParameters>): ReturnType<typeof joinGroup>;
  leaveGroup(parameters: Without<LeaveGroupParameters>): ReturnType<typeof leaveGroup>;
  setGroupMode(parameters: Without<SetGroupModeParameters>): ReturnType<typeof setGroupMode>;
  marginGroup(parameters: Without<MarginGroupParameters>): ReturnType<typeof marginGroup>;
  riskParameters(parameters: Without<RiskParametersParameters>): ReturnType<typeof riskParameters>;
  pushParameters(parameters: Without<PushParametersParameters>): ReturnType<typeof pushParameters>;
};

/** Which deployment the actions are of. */
export interface DeploymentChoice {
  /** Where its contracts are. Not given: what the address book has on the client's chain. */
  readonly addresses?: BulkheadAddresses;
  /** The published one by default. */
  readonly book?: AddressBook;
}

const chosen = (
  client: ReadClient,
  { addresses, book = publishedAddressBook }: DeploymentChoice,
): BulkheadAddresses => {
  if (addresses !== undefined) return addresses;
  if (client.chain === undefined) throw new DeploymentUnknownError(undefined, Object.keys(book.chains));
  return addressesOn(client.chain.id, book);
};

/**
 * Extends any viem client with Bulkhead's actions.
 *
 * @throws DeploymentUnknownError when no addresses are given and the book has no deployment on the client's chain.
 * @example
 * import { bulkheadActions, sendPlan } from '@bulkhead/sdk'
 * import { createWalletClient, http } from 'viem'
 *
 * const client = createWalletClient({ account, transport: http(url) }).extend(bulkheadActions({ addresses }))
 * await sendPlan(client, await client.deposit({ vaultId, token, amount: 1_000_000n }))
 * const { value } = await client.health({ vaultId })
 */
export const bulkheadActions =
  (choice: DeploymentChoice = {}) =>
  (client: ReadClient): BulkheadActions => {
    const addresses = chosen(client, choice);
    return {
      ensureAccount: (parameters = {}) => ensureAccount(client, { ...parameters, addresses }),
      openVaults: (parameters = {}) => openVaults(client, { ...parameters, addresses }),
      setRights: parameters => setRights(client, { ...parameters, addresses }),
      deposit: parameters => deposit(client, { ...parameters, addresses }),
      withdraw: parameters => withdraw(client, { ...parameters, addresses }),
      novate: parameters => novate(client, { ...parameters, addresses }),
      admitMember: parameters => admitMember(client, { ...parameters, addresses }),
      becomeMember: parameters => becomeMember(client, { ...parameters, addresses }),
      health: parameters => health(client, { ...parameters, addresses }),
      formGroup: parameters => formGroup(client, { ...parameters, addresses }),
      joinGroup: parameters => joinGroup(client, { ...parameters, addresses }),
      leaveGroup: parameters => leaveGroup(client, { ...parameters, addresses }),
      setGroupMode: parameters => setGroupMode(client, { ...parameters, addresses }),
      marginGroup: parameters => marginGroup(client, { ...parameters, addresses }),
      riskParameters: parameters => riskParameters(client, { ...parameters, addresses }),
      pushParameters: parameters => pushParameters(client, { ...parameters, addresses }),
    };
  };
