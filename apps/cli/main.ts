import { DomainError } from '#kernel';
import { runCommandLine } from './command-line.js';
import { exitStatus } from './exit-status.js';

const interrupt = new AbortController();

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

process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  signal: interrupt.signal,
});
