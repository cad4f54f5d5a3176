export * from './handler.ts';
export * from './runtime/api.ts';
export * from './runtime/createEffects.ts';
export * from './runtime/policy.ts';
export * from './wallGuard.ts';
