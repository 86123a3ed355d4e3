export { atSetTimes, type SetTime } from './at-set-times.js';
export { problemsOf } from './collect-problems.js';
export { commandContext } from './command-context.js';
export { countingBytes, countingDeadLetters } from './counted.js';
export { DIAGNOSE, diagnoseController, diagnoseEarly } from './diagnose.controller.js';
export { diagnosing, type Diagnose } from './diagnose.js';
export { listByNamespace } from './list-by-namespace.js';
export { largestTreeBytes, missingBlobProblems } from './missing-blobs.js';
export { readOverrides } from './overrides.js';
export { parkedController } from './parked.controller.js';
export { patienceOf } from './patience.js';
export { peer, type Peer, type PeerOptions } from './peer.js';
export { projectionController } from './projection.controller.js';
export {
  authorityProblems,
  defaultNamespace,
  inside,
  insideProblems,
  insideText,
  listed,
  nameProblems,
  namespaceOf,
  reasonProblems,
  textFieldProblems,
} from './requests.js';
export { serviceModule, type Opening, type ServiceOptions, type ServiceSpec } from './service.module.js';
