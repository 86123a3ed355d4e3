export { person, personStream, type PersonCommand, type PersonState } from './decide.js';
export { type PersonEvent } from './events.js';
