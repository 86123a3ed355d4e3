export { checkEnvironment, environmentFailure, locateEnvironment } from './check-environment.js';
export type { EnvironmentSpec, FoundEnvironment, Mount } from './environment.js';
export { fileDigest } from './file-digest.js';
export { factOfFile } from './file-fact.js';
export { hostPythonEnvironment, pythonPackageFiles, type HostPython } from './host-python.js';
export { nodeEnvironment } from './node.js';
