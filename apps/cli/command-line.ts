import { CommanderError, type Command } from 'commander';
import { DomainError, formatProblem } from '#kernel';
import { exitStatus, exitStatusOf, type ExitStatus } from './exit-status.js';
import { printable, type Terminal } from './output/terminal.js';
import { buildProgram } from './program.js';
import { openSession } from './session.js';
import { anotherPseudonym, pseudonym } from './settings.js';
import { groups, verbs } from './verbs/index.js';

/** What a command line runs in. */
export interface Host {
  readonly env: NodeJS.ProcessEnv;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
  /** Instead of this process's own. */
  readonly terminal?: Terminal;
  /** How long a command may wait at its end for what it did to be shown; default a moment. */
  readonly settleMs?: number;
}

/** Runs one command line to its end. Whatever goes wrong is said in words, and is the exit status. */
export async function runCommandLine(args: readonly string[], host: Host): Promise<ExitStatus> {
  const { env, signal, terminal, settleMs } = host;
  const say = (text: string) => (terminal ? terminal.note(text) : void process.stderr.write(`${text}\n`));
  let status: ExitStatus = exitStatus.success;
  const program = buildProgram(verbs, groups, async (verb, global, given, options) => {
    const session = openSession(global, env, signal, terminal, settleMs);
    try {
      const action = await verb.load();
      status = await action(session, given, options);
    } finally {
      await session.close();
    }
  });
  for (const command of everyCommand(program)) {
    command.exitOverride();
    if (terminal)
      command.configureOutput({
        writeOut: (text) => terminal.out(text.trimEnd()),
        writeErr: (text) => terminal.note(text.trimEnd()),
      });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    return signal.aborted ? exitStatus.interrupted : report(error, env, say);
  }
}

const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)];

/** Says what went wrong and what to do, without a stack trace; HOLDFAST_DEBUG=1 adds it. */
function report(error: unknown, env: NodeJS.ProcessEnv, say: (text: string) => void): ExitStatus {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.success : exitStatus.invalid;
  if (env['HOLDFAST_DEBUG']) say((error as Error).stack ?? '');
  if (!(error instanceof DomainError)) {
    say(`holdfast: unexpected fault: ${printable((error as Error).message)} (HOLDFAST_DEBUG=1 shows where)`);
    return exitStatus.fault;
  }
  const { problems, code, message } = error;
  problems.forEach((problem) => say(printable(formatProblem(problem))));
  if (problems.length !== 1) say(printable(`holdfast: ${code}  ${message}`));
  if (code === 'SUBJECT_ERASED' && message.includes(pseudonym(env))) say(printable(anotherPseudonym(env)));
  return exitStatusOf(error);
}
