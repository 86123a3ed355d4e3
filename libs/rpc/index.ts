export { auditorService, chunkOf, provenanceService } from './chunk-messages.js';
export { entriesOf, metadataNames, type CallOptions } from './call-options.js';
export { connect, type Connection, type ConnectOptions, type ServiceName } from './connect.js';
export { decodeError, detailsTrailer, encodeError, type WireError } from './error-details.js';
export type { ServingStatus } from './health.js';
export { fromProblem, toProblem } from './problem.js';
export { retryUnavailable, type RetryPolicy } from './retry.js';
export type { MethodDefinition, ServiceClient, ServiceDefinition } from './service-client.js';
export { codeOf, kindOf, statusName } from './status.js';
