export { carriedOut, type CarriedOut } from './carried-out.js';
export {
  commandHandler,
  type CommandHandler,
  type CommandHandlerOptions,
  type Executed,
} from './command-handler.js';
export type { FoundLately } from './found-lately.js';
export { eventIdOf, partOf, type CommandContext } from './command-context.js';
export { download, messageBytes, type Download } from './downloads.js';
export type { Comparison } from './compare-collections.js';
export {
  startProjection,
  type ProjectionRunner,
  type RebuildResult,
  type RunnerOptions,
  type RunnerStatus,
} from './projection-runner.js';
export type { ParkedEvent } from './parking.js';
export {
  domainEvent,
  projectedEvent,
  type EventDecoders,
  type ProjectedEvent,
  type Projection,
} from './projection.js';
export { parkedPage, type ParkedBy } from './parked-page.js';
export { sealedReason, withReason, withReasons, type Reason, type Shown } from './reasons.js';
export { startReactor, type Reactor, type ReactorOptions, type RunningReactor } from './reactor.js';
export { startRelay, type PublicEvent, type RelayOptions } from './relay.js';
export { pageToken, parsePageToken, parsePositionToken, positionToken } from './tokens.js';
export type { Page, PageRequest, View } from './view.js';
export {
  openServiceRuntime,
  type Engines,
  type ServiceRuntime,
  type ServiceRuntimeOptions,
} from './service-runtime.js';
export { inTurns } from './turns.js';
export { oneThingAKey } from './one-thing-a-key.js';
export { lagAfter } from './lag.js';
export { asOneWriter, takeOverMs } from './writer-lease.js';
export { openUploads, type Upload, type Uploads, type UploadsOptions } from './uploads.js';
export type { Known } from './state-cache.js';
