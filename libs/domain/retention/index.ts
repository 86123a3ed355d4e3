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
  isDue,
  keptBy,
  labelOf,
  namespaceStream,
  standingOf,
  subjectsOf,
  type DatasetVersion,
  type RetentionClass,
  type Standing,
  type SubjectFacts,
} from './standing.js';
