import tseslint from 'typescript-eslint';
import { doorsRule } from './doors-rule.mjs';
import { noParameterProperties, notErasable } from './erasable.mjs';
import { clockSyntax, noClock } from './time.mjs';

const plugins = { holdfast: { rules: { doors: doorsRule } } };
const nestClasses = ['**/*.controller.ts', '**/*.module.ts', 'libs/platform/**/*.ts'];
const ownClock = [
  '**/*.spec.ts',
  '**/testing/**',
  'libs/kernel/time.ts',
  'libs/platform/**',
  'libs/{event-store,read-store,message-bus,artifact-store,key-store,tile-store}/*/**',
];

/** The rules about the house itself. They need no types, so a test can try them on files that do not exist. */
export default [
  {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins,
    rules: {
      'holdfast/doors': 'error',
      'no-restricted-syntax': ['error', ...notErasable, noParameterProperties],
    },
  },
  { files: nestClasses, rules: { 'no-restricted-syntax': ['error', ...notErasable] } },
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts'],
    ignores: ownClock,
    rules: {
      ...noClock,
      'no-restricted-syntax': ['error', ...notErasable, noParameterProperties, ...clockSyntax],
    },
  },
  {
    files: nestClasses,
    ignores: ownClock,
    rules: { 'no-restricted-syntax': ['error', ...notErasable, ...clockSyntax] },
  },
  { files: ['examples/**/*.mjs', 'infra/**/*.mjs'], plugins, rules: { 'holdfast/doors': 'error' } },
];
