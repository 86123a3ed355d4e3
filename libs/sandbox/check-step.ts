import { assertNoProblems, type Problem } from '#kernel';
import { pathProblem } from '#evidence';
import type { StepSpec } from './step.js';
import { isReservedVariable } from './variables.js';

/** Refuses a specification that no step could be run by; everything wrong with it at once. */
export function checkStep(spec: StepSpec): void {
  assertNoProblems(
    [
      ...commandProblems(spec),
      ...inputProblems(spec),
      ...outputProblems(spec),
      ...limitProblems(spec),
      ...variableProblems(spec),
    ],
    'STEP_INVALID',
  );
}

const problem = (field: string, message: string, fix?: string): Problem => ({
  code: 'STEP_INVALID',
  field,
  message,
  ...(fix === undefined ? {} : { fix }),
});

function commandProblems({ argv, seed, sourceDateEpoch }: StepSpec): Problem[] {
  const problems: Problem[] = [];
  const [command = ''] = argv;
  if (command === '') problems.push(problem('argv', 'is empty', 'name a command'));
  if (command.startsWith('/'))
    problems.push(
      problem('argv.0', 'is absolute: it would depend on the host', 'name a command of the environment'),
    );
  else if (command.includes('/') && pathProblem(command.replace(/^\.\//, '')))
    problems.push(problem('argv.0', 'is no path within the code'));
  if (argv.some((part) => part.includes('\0'))) problems.push(problem('argv', 'has a zero byte'));
  if (!/^[0-9a-f]{64}$/.test(seed)) problems.push(problem('seed', 'is not 64 lower-case hex digits'));
  if (!Number.isSafeInteger(sourceDateEpoch))
    problems.push(problem('sourceDateEpoch', 'is not whole seconds'));
  return problems;
}

function inputProblems({ inputs }: StepSpec): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const [i, { path }] of inputs.entries()) {
    const bad = pathProblem(path);
    if (bad) problems.push(problem(`inputs.${i}.path`, bad));
    const key = path.normalize('NFC').toLowerCase();
    for (const other of seen) {
      if (other === key || other.startsWith(`${key}/`) || key.startsWith(`${other}/`))
        problems.push(problem(`inputs.${i}.path`, `${path} lies in the place of another input`));
    }
    seen.add(key);
  }
  return problems;
}

function outputProblems({ outputs }: StepSpec): Problem[] {
  return Object.entries(outputs).flatMap(([name, path]) => {
    const bad = pathProblem(path);
    return bad ? [problem(`outputs.${name}`, bad, 'give a path below outputs/')] : [];
  });
}

function limitProblems({ limits }: StepSpec): Problem[] {
  const positive = ['timeoutMs', 'memoryBytes', 'cpu', 'pids', 'diskBytes'] as const;
  return positive.flatMap((name) =>
    Number.isFinite(limits[name]) && limits[name] > 0 ? [] : [problem(`limits.${name}`, 'is not above 0')],
  );
}

function variableProblems({ variables = {}, secrets = {} }: StepSpec): Problem[] {
  return [...Object.entries(variables), ...Object.entries(secrets)].flatMap(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return [problem('variables', 'a name is no variable name')];
    if (isReservedVariable(name)) return [problem(`variables.${name}`, 'is set by Holdfast itself')];
    return value.includes('\0') ? [problem(`variables.${name}`, 'has a zero byte')] : [];
  });
}
