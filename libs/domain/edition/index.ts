export { edition, editionStream, type EditionCommand, type EditionState } from './decide.js';
export { type EditionEvent } from './events.js';
