export { withinProcess, type Said } from './cli.js';
