import tseslint from 'typescript-eslint';
import rooms from './infra/lint/rooms.config.mjs';
import { style } from './infra/lint/style.mjs';

export default tseslint.config(
  { ignores: ['dist/**', '.cache/**', 'coverage/**', '**/node_modules/**', '**/generated/**', '**/*.cjs'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...rooms,
  ...style,
);
