// Lints texts that are not on disk: reads [{ path, code }] from stdin, writes [{ path, problems }] to stdout.
// Only the rules about the house, which need no types. With `--tree` it lints the real files instead.
import { ESLint } from 'eslint';
import { relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import rooms from './rooms.config.mjs';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const ignored = { ignores: ['dist/**', '.cache/**', '**/node_modules/**', '**/generated/**'] };
// Comments that switch off rules which are not loaded here are none of our business.
const quiet = { linterOptions: { reportUnusedDisableDirectives: 'off' } };
const eslint = new ESLint({
  cwd,
  overrideConfigFile: true,
  errorOnUnmatchedPattern: false,
  overrideConfig: [ignored, quiet, ...rooms],
});
const report = ({ filePath, messages }) => ({
  path: relative(cwd, filePath),
  problems: messages
    // The tree's disable comments speak of rules that are not loaded here.
    .filter(({ message }) => !message.startsWith('Definition for rule'))
    .map(({ ruleId, line, message }) => ({ rule: ruleId, line, message })),
});

const results = [];
if (process.argv.includes('--tree')) {
  const tree = await eslint.lintFiles(
    ['apps', 'libs', 'test', 'infra', 'examples'].map((room) => `${room}/**/*.{ts,mjs}`),
  );
  results.push(...tree.map(report).filter(({ problems }) => problems.length > 0));
} else {
  for (const { path, code } of JSON.parse(await text(process.stdin))) {
    const [result] = await eslint.lintText(code, { filePath: path });
    results.push(result === undefined ? { path, problems: [] } : report(result));
  }
}
process.stdout.write(JSON.stringify(results));
