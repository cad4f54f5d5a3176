export interface DeploymentErrorFields {
  /** The part of the deployment file, or the contract. */
  readonly field: string;
  /** One sentence: what is wrong. */
  readonly problem: string;
  /** One sentence: what to do. */
  readonly remedy: string;
  /** The other side's own words, when they help. */
  readonly details?: string;
}

const docs = 'docs/reference/deployment.md';

/** A deployment cannot be made, or go on. Read `problem`; show `message`. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
  readonly fields: DeploymentErrorFields;

  constructor(fields: DeploymentErrorFields) {
    const { field, problem, remedy, details } = fields;
    const lines = [`${field}: ${problem}`, `  Remedy: ${remedy}`, ...(details ? [`  Details: ${details}`] : [])];
    super([...lines, `  Docs: ${docs}`].join('\n'));
    this.fields = fields;
  }
}
