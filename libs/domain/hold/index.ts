export { hold, holdStream, type HoldCommand, type HoldState } from './decide.js';
export { type HoldEvent } from './events.js';
