import { DomainError } from '#kernel';
import { toDomainError, unavailable } from './errors.js';

/** What is there once a connection is, and how that ends. */
export interface Connected<Inside> {
  readonly inside: Inside;
  end(): Promise<void>;
  /** Its end at once, whatever is under way. */
  drop(): Promise<void>;
}

export interface Calls<Inside> {
  /** Does the work; fails as `unavailable` when that, connecting included, takes longer than the deadline. */
  call<T>(work: (inside: Inside) => Promise<T>): Promise<T>;
  /** Refuses further calls, waits for those under way, then ends the connection. */
  close(): Promise<void>;
}

/** @param connect is asked by the first call, and again by the next as long as it fails */
export function openCalls<Inside>(
  deadlineMs: number,
  connect: () => Promise<Connected<Inside>>,
): Calls<Inside> {
  const underWay = new Set<Promise<unknown>>();
  let connecting: Promise<Connected<Inside>> | undefined;
  let closing: Promise<void> | undefined;
  let answers = 0;

  function connected(): Promise<Connected<Inside>> {
    if (connecting) return connecting;
    const attempt = connect();
    connecting = attempt;
    attempt.catch(() => {
      if (connecting === attempt) connecting = undefined;
    });
    return attempt;
  }

  /**
   * Of mongodb 7.9: what is sent in the moment in which its connection ends is never answered, and no timeout of the driver ends it. Where that
   * is the question whether the server is there, the client never finds it again; so a client that answers nothing for a whole
   * deadline is replaced.
   */
  function replace(client: Promise<Connected<Inside>>): void {
    if (connecting !== client) return;
    connecting = undefined;
    client.then(({ drop }) => drop()).catch(() => undefined);
  }

  async function withDeadline<T>(work: Promise<T>, by: Promise<Connected<Inside>>): Promise<T> {
    const before = answers;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        if (answers === before) replace(by);
        reject(unavailable());
      }, deadlineMs);
    });
    try {
      const answer = await Promise.race([work, late]);
      answers++;
      return answer;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async call(work) {
      if (closing) throw new DomainError('unavailable', 'STORE_CLOSED', 'the store is closed');
      const by = connected();
      const running = by.then(({ inside }) => work(inside));
      const answer = withDeadline(running, by).catch((error: unknown) => {
        throw toDomainError(error);
      });
      const settled = answer.catch(() => undefined);
      underWay.add(settled);
      void settled.then(() => underWay.delete(settled));
      return answer;
    },
    close() {
      closing ??= (async () => {
        await Promise.all([...underWay]);
        const last = await connecting?.catch(() => undefined);
        await last?.end();
      })();
      return closing;
    },
  };
}
