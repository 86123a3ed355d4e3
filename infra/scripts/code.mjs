// Types and lint from one program: what the compiler has found out, the rules that need types do not find out again.
import { ESLint } from 'eslint';
import ts from 'typescript';
import { inRoot, root } from './toolchain.mjs';

const host = {
  ...ts.sys,
  getCurrentDirectory: () => root,
  getCanonicalFileName: (path) => path,
  getNewLine: () => '\n',
  onUnRecoverableConfigFileDiagnostic: (problem) => {
    throw new Error(ts.formatDiagnostic(problem, host));
  },
};

const whole = { incremental: false, tsBuildInfoFile: undefined };
const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile(
  inRoot('tsconfig.json'),
  whole,
  host,
);
// ESLint goes from a node to the one around it.
const program = ts.createProgram(fileNames, options, ts.createCompilerHost(options, true));
const problems = [...errors, ...ts.getPreEmitDiagnostics(program)];
process.stdout.write(ts.formatDiagnostics(problems, host));

const parserOptions = { programs: [program], projectService: false };
const eslint = new ESLint({
  cwd: root,
  overrideConfig: { files: ['**/*.ts'], languageOptions: { parserOptions } },
});
const results = await eslint.lintFiles(['.']);
process.stdout.write(await (await eslint.loadFormatter('stylish')).format(results));

const complaints = results.reduce((sum, { errorCount, warningCount }) => sum + errorCount + warningCount, 0);
process.exitCode = problems.length + complaints > 0 ? 1 : 0;
