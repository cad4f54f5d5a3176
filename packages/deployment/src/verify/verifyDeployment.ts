import type { DeploymentPlan } from '../planDeployment.ts';
import type { ReadClient } from '../readClient.ts';
import { examineCodes, examineEscrow } from './code.ts';
import type { Examined } from './finding.ts';
import { examineRoles } from './roles.ts';
import { examineValues } from './values.ts';

/**
 * Looks whether a deployment is what its file says, with nothing but an endpoint: every byte of code, every immutable, every value that a getter tells,
 * every holder of a role. It believes the endpoint; ask one that you trust. Needs no key and sends nothing.
 *
 * @param fromBlock nothing of the deployment is older; zero when it is not known.
 */
export const verifyDeployment = (
  client: ReadClient,
  plan: DeploymentPlan,
  fromBlock: bigint,
): Promise<readonly Examined[]> =>
  Promise.all([
    ...examineCodes(client, plan),
    examineEscrow(client, plan),
    ...examineValues(client, plan),
    examineRoles(client, plan, fromBlock),
  ]);
