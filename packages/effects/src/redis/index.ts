export * from './bootChecks.ts';
export { chainPrefix, keyTypes, schemaKey, schemaVersion } from './keys.ts';
export * from './store.ts';
