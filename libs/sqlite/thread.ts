import { existsSync } from 'node:fs';
import { MessageChannel, Worker } from 'node:worker_threads';
import { DomainError } from '#kernel';
import { openMailbox, type Mailbox, type ThreadEvents } from './mailbox.js';

/** A store in a thread, as its owner sees it. */
export interface Thread {
  call<T>(operation: string, payload?: unknown): Promise<T>;
  /** Lets calls under way finish, then closes the store. */
  close(): Promise<void>;
}

/** One worker that serves as many stores as are opened in it. */
export interface SharedThread {
  /**
   * Waits until the store is open.
   * @throws what its opening threw
   */
  open(data: unknown, on?: ThreadEvents): Promise<Thread>;
  /** Ends the worker; whoever opened stores has closed them before. */
  close(): Promise<void>;
}

const closed = () => new DomainError('unavailable', 'STORE_CLOSED', 'the store is closed');
const failed = (cause: Error) =>
  new DomainError('unavailable', 'STORE_FAILED', `the store’s thread failed: ${cause.message}`, { cause });

/** The build puts some workers, with all that they import, into one file each, which starts in two thirds of the time. */
function inOneFile(script: URL): URL {
  const [, built, path] = /^(.*\/dist\/)(libs\/.*)$/.exec(script.href) ?? [];
  const bundle = new URL(`${built}bundle/${path}`, script);
  return built !== undefined && existsSync(bundle) ? bundle : script;
}

/**
 * Starts a worker that was written with `serveThread`; it is given `workerData`, and for each store what it is opened with. A fault in it is the end of every store that it serves.
 */
export function startSharedThread(script: URL, workerData?: unknown): SharedThread {
  const worker = new Worker(inOneFile(script), { workerData });
  const mailboxes = new Set<Mailbox>();
  let gone: DomainError | undefined;
  const end = (error: DomainError) => {
    gone ??= error;
    for (const mailbox of mailboxes) mailbox.end(error);
  };
  worker.on('error', (error: Error) => end(failed(error)));
  const exited = new Promise<void>((resolve) =>
    worker.once('exit', () => {
      end(closed());
      resolve();
    }),
  );

  return {
    async open(data, on = {}) {
      if (gone) throw gone;
      const { port1: port, port2 } = new MessageChannel();
      const mailbox = openMailbox(port, on);
      mailboxes.add(mailbox);
      worker.postMessage({ port: port2, data }, [port2]);
      const leave = () => {
        mailbox.end(closed());
        mailboxes.delete(mailbox);
        port.close();
      };
      try {
        await mailbox.call('open');
      } catch (error) {
        leave();
        throw error;
      }
      let closing: Promise<void> | undefined;
      const close = async () => {
        if (!mailbox.hasEnded()) await mailbox.call('close').catch(() => undefined);
        leave();
      };
      return { call: mailbox.call.bind(mailbox), close: () => (closing ??= close()) };
    },
    async close() {
      if (!gone) worker.postMessage('end');
      await exited;
    },
  };
}

/**
 * A store in a thread of its own, which ends with it.
 * @throws what its opening threw
 */
export async function startThread(script: URL, data: unknown, on?: ThreadEvents): Promise<Thread> {
  const shared = startSharedThread(script, data);
  try {
    const thread = await shared.open(data, on);
    return {
      call: (operation, payload) => thread.call(operation, payload),
      close: () => thread.close().then(() => shared.close()),
    };
  } catch (error) {
    await shared.close();
    throw error;
  }
}
