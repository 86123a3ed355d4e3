export { detectScript } from './detect-script.js';
export type { Detected, Detection } from './detection.js';
export { filesOf, type WrittenFile } from './written-files.js';
