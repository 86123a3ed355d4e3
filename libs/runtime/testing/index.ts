export { folded, written } from './history.js';
