export { disposal, disposalStream, subjectOf, type DisposalCommand, type DisposalState } from './decide.js';
export { mostInOne, type ArtifactsDisposed, type DisposalEvent } from './events.js';
