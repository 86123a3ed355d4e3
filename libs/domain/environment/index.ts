export {
  checkEnvironment,
  environmentSchema,
  hostPythonDigest,
  parseEnvironment,
  pinnedEnvironment,
  type EnvironmentDeclaration,
} from './declaration.js';
export { environment, environmentStream, type EnvironmentCommand, type EnvironmentState } from './decide.js';
export type { EnvironmentEvent } from './events.js';
