export { review, reviewStream, type ReviewCommand, type ReviewState } from './decide.js';
export { reviewOutcomes, type ReviewEvent, type ReviewOutcome } from './events.js';
