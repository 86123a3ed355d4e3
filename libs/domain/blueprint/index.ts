export { checkBlueprint, checkDocument, type Catalogue, type CheckedBlueprint } from './check-blueprint.js';
export { readDocument, type ReadDocument } from './read-document.js';
export { blueprintSchema, splitName, type Blueprint } from './schema.js';
