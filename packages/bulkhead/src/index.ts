export { loadConfig } from './config/loadConfig.ts';
