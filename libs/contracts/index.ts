export * as auditor from './generated/holdfast/auditor/v1/auditor.js';
export * as common from './generated/holdfast/common/v1/common.js';
export * as executor from './generated/holdfast/executor/v1/executor.js';
export * as provenance from './generated/holdfast/provenance/v1/provenance.js';
export * as registry from './generated/holdfast/registry/v1/registry.js';
export * as scheduler from './generated/holdfast/scheduler/v1/scheduler.js';
