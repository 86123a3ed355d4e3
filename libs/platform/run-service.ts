import { formatProblem, isDomainError } from '#kernel';
import { startService, type Running, type StartOptions } from './start-service.js';

/**
 * `startService` for a process of its own: SIGTERM and SIGINT drain and exit 0, a second one exits at once, and an
 * error that nobody caught is logged before the process ends with 1.
 */
export async function runService(options: StartOptions): Promise<Running> {
  const running = await startService(options);
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(130);
    stopping = true;
    running.log.info('stopping', { signal });
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        running.log.error('could not stop cleanly', { error });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  process.on('uncaughtException', (error) => {
    running.log.error('an error that nobody caught', { error });
    process.exit(1);
  });
  const { address, httpPort } = running;
  running.log.info('listening', { address, ...(httpPort === undefined ? {} : { httpPort }) });
  return running;
}

/**
 * Runs a `main` and ends the process when it fails: status 2 and every problem for wrong configuration, 1 otherwise.
 * Stack traces are for bugs only.
 */
export async function runMain(main: () => Promise<unknown>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const lines = isDomainError(error)
      ? [error.message, ...(error.problems.length > 1 ? error.problems.map(formatProblem) : [])]
      : [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    process.stderr.write(`${lines.join('\n')}\n`);
    process.exit(isDomainError(error) && error.kind === 'invalid' ? 2 : 1);
  }
}
