export { access, accessStream, type AccessCommand, type AccessState } from './decide.js';
export type { AccessEvent, Asked } from './events.js';
