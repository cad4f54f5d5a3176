export { DeploymentError } from './deploymentError.ts';
export { type DeploymentStep, stepsOf } from './deploymentSteps.ts';
export { firstBlockOf } from './firstBlock.ts';
export { type DeploymentPlan, type PlannedContract, planDeployment } from './planDeployment.ts';
export { type ReadClient, readClient } from './readClient.ts';
export { type Survey, surveyDeployment } from './survey.ts';
export { type DeploymentTerms, termsOf } from './terms.ts';
export type { Examined, Finding } from './verify/finding.ts';
export { verifyDeployment } from './verify/verifyDeployment.ts';
