import { DomainError } from '#kernel';
import { exitStatus } from '../exit-status.js';
import { runningServer, startServer } from '../server.js';
import { text, type Action } from '../verb.js';

/** Keeps a server until this command is interrupted; then it ends in order, which is success. */
export const up: Action = async (session, _args, options) => {
  const { terminal, dataDir, env, signal, format } = session;
  const port = portOf(text(options, 'port'));
  const running = runningServer(dataDir);
  if (running !== undefined) {
    const message = `process ${running.pid} has ${dataDir} and answers at ${running.address}; end it first, or name another folder with --data-dir`;
    throw new DomainError('unavailable', 'SERVER_RUNNING', message);
  }
  const told = (text: string) => terminal.note(text);
  const server = await startServer(dataDir, port, env, { signal, told });
  const { address, child } = server;
  if (format === 'table' || format === 'wide') {
    terminal.out(address);
    terminal.note(`ready; data in ${dataDir}; ctrl-c stops it`);
  } else {
    terminal.out(JSON.stringify({ address, pid: child.pid ?? 0, dataDir }));
  }
  const ended = new Promise<'ended'>((resolve) => child.once('exit', () => resolve('ended')));
  const asked = new Promise<'asked'>((resolve) => {
    if (signal.aborted) resolve('asked');
    signal.addEventListener('abort', () => resolve('asked'), { once: true });
  });
  const why = await Promise.race([ended, asked]);
  if (why === 'ended') {
    const message = `the server ended by itself with status ${child.exitCode ?? child.signalCode}; HOLDFAST_LOG_LEVEL=info shows what it says`;
    throw new DomainError('unavailable', 'SERVER_ENDED', message);
  }
  terminal.note('stopping');
  await server.stop();
  return exitStatus.success;
};

function portOf(given: string | undefined): number {
  if (given === undefined) return 0;
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given);
  const message = `--port is a number up to 65535, found ${given.slice(0, 40)}`;
  throw new DomainError('invalid', 'PORT_INVALID', message);
}
