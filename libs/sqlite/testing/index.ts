export { inChild } from './in-child.js';
export { mayMount, onSmallDisk } from './on-small-disk.js';
