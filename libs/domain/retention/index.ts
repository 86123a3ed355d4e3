export {
  assignmentStream,
  classStream,
  forEver,
  retention,
  type RetentionCommand,
  type RetentionState,
} from './decide.js';
export { artifactKinds, type ArtifactKind, type KeptFor, type RetentionEvent } from './events.js';
export {
  forEverClass,
  keptBy,
  namespaceStream,
  standingOf,
  subjectsOf,
  type RetentionClass,
  type RunFacts,
  type Standing,
} from './standing.js';
