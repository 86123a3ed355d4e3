export { executor, executorStream, slotsOf, type ExecutorCommand, type ExecutorState } from './decide.js';
export { executorModes, type ExecutorEvent, type ExecutorFacts, type ExecutorMode } from './events.js';
