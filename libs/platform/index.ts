export { assertWritable } from './config/assert-writable.js';
export { makeDataFolder } from './config/data-folder.js';
export { loadConfig } from './config/load-config.js';
export {
  Accepts,
  anyText,
  flag,
  hostAndPort,
  matching,
  oneOf,
  wholeNumber,
  type Setting,
} from './config/setting.js';
export { parsePlace, placesOf, ServiceConfig, type Place } from './config/service-config.js';
export { anonymous, callContext, type Actor, type CallContext } from './grpc/call-context.js';
export { EarlyCalls } from './grpc/early-calls.js';
export type { Call } from './grpc/live-call.js';
export { missing, pageSize, required } from './grpc/request-checks.js';
export type { HostedService } from './grpc/service.js';
export {
  answerStream,
  answerUpload,
  type StreamCall,
  type UploadAnswer,
  type UploadCall,
} from './grpc/streams.js';
export { followEngine, type FollowedBy, type FollowedEngine } from './health/follow-engine.js';
export { Health, type PartState, type Unready } from './health/health.js';
export { followReadiness } from './health/readiness.js';
export { createLog, logLevels, type Log, type LogLevel, type LogOptions } from './log/log.js';
export { openInstruments, type InstrumentsOptions, type ProcessInstruments } from './instruments.js';
export { CHANCE, CLOCK, INSTRUMENTS, LOG } from './platform.module.js';
export { runAlone } from './run-alone.js';
export { runService } from './run-service.js';
export { startService, type Running, type StartOptions } from './start-service.js';
export { StopWork } from './stop-work.js';
