export { found, looksSecret } from './found.js';
export { digestText, grammars, written, type Grammar } from './grammar.js';
export { inFlow, jsonSchemaOf } from './json-schema.js';
export { measuringNamespace } from './measuring-namespace.js';
export { nearest } from './nearest.js';
export {
  checkSchema,
  fieldOf,
  placed,
  valueAt,
  type Checked,
  type CheckOptions,
  type Locate,
  type Path,
} from './schema-problems.js';
export { textProblem, visible, type TextProblem } from './text-problem.js';
export { declaredText, declaredTexts, refusedKey } from './texts.js';
