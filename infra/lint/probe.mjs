// Lints texts that are not on disk: reads [{ path, code }] from stdin, writes [{ path, problems }] to stdout.
// Only the rules about the house, which need no types. The real files are linted by the check `lint`.
import { ESLint } from 'eslint';
import { relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import rooms from './rooms.config.mjs';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const ignored = { ignores: ['dist/**', '.cache/**', '**/node_modules/**', '**/generated/**'] };
const eslint = new ESLint({
  cwd,
  overrideConfigFile: true,
  overrideConfig: [ignored, ...rooms],
});
const report = ({ filePath, messages }) => ({
  path: relative(cwd, filePath),
  problems: messages.map(({ ruleId, line, message }) => ({ rule: ruleId, line, message })),
});

const results = [];
for (const { path, code } of JSON.parse(await text(process.stdin))) {
  const [result] = await eslint.lintText(code, { filePath: path });
  results.push(result === undefined ? { path, problems: [] } : report(result));
}
process.stdout.write(JSON.stringify(results));
