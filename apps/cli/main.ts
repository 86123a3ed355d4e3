import { CommanderError } from 'commander';
import { DomainError, formatProblem } from '#kernel';
import { exitStatus, exitStatusOf, type ExitStatus } from './exit-status.js';
import { buildProgram } from './program.js';
import { openSession } from './session.js';
import { groups, verbs } from './verbs/index.js';

const interrupt = new AbortController();
let status: ExitStatus = exitStatus.success;

process.on('SIGINT', () => {
  if (interrupt.signal.aborted) process.exit(exitStatus.interrupted);
  interrupt.abort(new DomainError('cancelled', 'INTERRUPTED', 'interrupted'));
});
process.on('SIGTERM', () =>
  interrupt.abort(new DomainError('cancelled', 'INTERRUPTED', 'ended by a signal')),
);
// A reader such as `head` that has seen enough is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitStatus.success);
  throw error;
});

const program = buildProgram(verbs, groups, async (verb, global, args, options) => {
  const session = openSession(global, process.env, interrupt.signal);
  try {
    const action = await verb.load();
    status = await action(session, args, options);
  } finally {
    await session.close();
  }
});
for (const command of [
  program,
  ...program.commands,
  ...program.commands.flatMap((group) => group.commands),
]) {
  command.exitOverride();
}

/** Says what went wrong and what to do, without a stack trace; HOLDFAST_DEBUG=1 adds it. */
function report(error: unknown): ExitStatus {
  if (interrupt.signal.aborted) return exitStatus.interrupted;
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.success : exitStatus.invalid;
  if (process.env['HOLDFAST_DEBUG']) process.stderr.write(`${(error as Error).stack}\n`);
  if (!(error instanceof DomainError)) {
    process.stderr.write(
      `holdfast: unexpected fault: ${(error as Error).message} (HOLDFAST_DEBUG=1 shows where)\n`,
    );
    return exitStatus.fault;
  }
  const { problems } = error;
  problems.forEach((problem) => process.stderr.write(`${formatProblem(problem)}\n`));
  if (problems.length !== 1) process.stderr.write(`holdfast: ${error.code}  ${error.message}\n`);
  return exitStatusOf(error.kind);
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  status = report(error);
}
process.exitCode = status;
