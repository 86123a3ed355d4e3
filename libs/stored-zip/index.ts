export { ahead } from './ahead.js';
export { openZip, type OpenZip, type ZipCargo, type ZipLimits } from './read-zip.js';
export { writeZip, zipBytes, type SizedPart, type ZipPart } from './write-zip.js';
export { endBytes, localHeader, type ZipEntry } from './zip-format.js';
