// Who may import whom. Tests inside a package obey the same rule; the package `test` may import anything.
// `contracts` is a package like the others although it lives outside packages/.
const mayImport = {
  shared: [],
  contracts: [],
  risk: ['shared'],
  effects: ['shared'],
  chains: ['shared', 'contracts'],
  addresses: ['shared', 'contracts'],
  deployment: ['shared', 'contracts', 'addresses'],
  sdk: ['shared', 'contracts', 'addresses'],
  keeper: ['shared', 'risk', 'effects'],
  relayer: ['shared', 'effects'],
  solvency: ['shared', 'contracts'],
  localnet: ['shared', 'contracts', 'addresses', 'deployment', 'sdk'],
};

const folder = name => (name === 'contracts' ? '^contracts/' : `^packages/${name}/`);
const ours = '^(packages|contracts|test|scripts)/';

const onlyAllowed = Object.entries(mayImport).map(([name, allowed]) => ({
  name: `${name}-imports-only-${allowed.length === 0 ? 'itself' : allowed.join('-')}`,
  severity: 'error',
  from: { path: folder(name) },
  to: { path: ours, pathNot: [name, ...allowed].map(folder) },
}));

module.exports = {
  forbidden: [
    ...onlyAllowed,
    {
      name: 'the-keeper-and-the-relayer-see-only-the-root-of-effects',
      severity: 'error',
      from: { path: '^packages/(keeper|relayer)/' },
      to: { path: '^packages/effects/src/(redis|bullmq)/' },
    },
    {
      name: 'the-root-of-effects-binds-no-store-and-no-queue',
      severity: 'error',
      from: { path: '^packages/effects/src/', pathNot: '^packages/effects/src/(redis|bullmq)/|\\.test\\.ts$' },
      to: { path: '^packages/effects/src/(redis|bullmq)/|node_modules/(ioredis|bullmq)/' },
    },
    {
      name: 'localnet-only-by-dynamic-import',
      comment: 'An installation of `bulkhead` that only operates must not load the local chains.',
      severity: 'error',
      from: { path: '^packages/bulkhead/' },
      to: { path: '^packages/localnet/', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nothing-imports-the-tests',
      severity: 'error',
      from: { path: '^(packages|contracts)/' },
      to: { path: '^test/' },
    },
    {
      name: 'bulkhead-imports-no-scripts',
      severity: 'error',
      from: { path: '^packages/bulkhead/' },
      to: { path: '^scripts/' },
    },
    {
      name: 'could-not-resolve',
      comment: 'An import that cannot be followed cannot be judged: without this rule a broken set-up passes.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'declared-dependencies-only',
      comment: 'Found only because another package installed it.',
      severity: 'error',
      from: { path: '^(packages|contracts)/', pathNot: '\\.test\\.ts$|/test/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@bulkhead/source', 'import', 'node', 'types', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.d.ts', '.json'],
    },
  },
};
