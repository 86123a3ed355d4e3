import tseslint from 'typescript-eslint';

const typescript = ['apps/**/*.ts', 'libs/**/*.ts', 'test/**/*.ts'];

const careful = {
  eqeqeq: ['error', 'always'],
  'no-console': 'error',
  'no-control-regex': 'error',
  'no-eval': 'error',
  'no-param-reassign': 'error',
  'no-promise-executor-return': 'off',
  'no-var': 'error',
  'object-shorthand': 'error',
  'prefer-const': 'error',
  'prefer-template': 'error',
};

export const style = [
  ...tseslint.configs.recommended.map((config) => ({ ...config, files: typescript })),
  {
    files: typescript,
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: new URL('../..', import.meta.url).pathname },
    },
    rules: {
      ...careful,
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
    },
  },
  {
    files: typescript,
    ignores: ['**/*.spec.ts', '**/testing/**', 'test/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'error' },
  },
  { files: ['apps/cli/**', 'infra/**', 'examples/**', 'test/**'], rules: { 'no-console': 'off' } },
  { files: ['**/*.mjs'], rules: { ...careful, 'no-console': 'off', 'no-unused-vars': 'error' } },
];
