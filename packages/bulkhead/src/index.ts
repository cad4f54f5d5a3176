export { loadConfig } from './config/loadConfig.ts';
export { type Observation, openObservation } from './up/observe.ts';
