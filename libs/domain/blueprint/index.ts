export { checkBlueprint, checkDocument, type Catalogue, type CheckedBlueprint } from './check-blueprint.js';
export { publishedSchemas } from './published-schemas.js';
export { checkDeclaration, type CheckedDeclaration } from './check-declaration.js';
export { compareLock, type Moved } from './compare-lock.js';
export {
  blueprintVersion,
  checkLock,
  defaultSourceDateEpoch,
  lockSchema,
  parseLock,
  serializeLock,
  type Lock,
} from './lock.js';
export { parseBytes, parseDuration } from './quantities.js';
export { readDocument, type ReadDocument } from './read-document.js';
export type { CatalogueAnswers, DatasetAnswer, Resolution, ToResolve } from './resolution.js';
export { catalogueQuestions, resolve } from './resolve.js';
export { blueprint, blueprintStream, type BlueprintCommand, type BlueprintState } from './decide.js';
export type { BlueprintEvent } from './events.js';
export { blueprintSchema, splitName, type Blueprint } from './schema.js';
