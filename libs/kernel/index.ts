export { atMost, type AtMost } from './at-most.js';
export {
  isDigest,
  isInstant,
  isStreamId,
  streamId,
  streamKind,
  streamUuid,
  type Branded,
  type Digest,
  type Instant,
  type StreamId,
} from './brand.js';
export { assertNever, fold, type Decider } from './decider.js';
export {
  assertNoProblems,
  DomainError,
  errorKinds,
  isDomainError,
  type ErrorDetails,
  type ErrorKind,
} from './domain-error.js';
export { killAt, type FaultPoint } from './fault.js';
export type { Json, JsonObject } from './json.js';
export { formatProblem, type Place, type Problem } from './problem.js';
export { isSealedText, type SealedText } from './sealed-text.js';
export { epochMs, systemChance, systemClock, toInstant, type Chance, type Clock } from './time.js';
