import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** A message that is on its way, and everything behind it on the same connection. */
export interface Held {
  /** Lets it arrive, as late as that is; resolves when the server has answered it. */
  arrive(): Promise<void>;
}

/** Stands between a client and a MongoDB, and delays what it is told to: the wire itself, so nothing knows of it. */
export interface HoldingProxy {
  /** In the place of the server's. */
  readonly url: string;
  /** Holds the next message that matches. Resolves when there was one. */
  hold(matches: (message: Buffer) => boolean): Promise<Held>;
  /** Lets the next message that matches through, and loses every answer on its connection from then on. */
  loseAnswer(matches: (message: Buffer) => boolean): Promise<void>;
  close(): Promise<void>;
}

interface Rule {
  readonly matches: (message: Buffer) => boolean;
  met(line: Line, message: Buffer): boolean;
}

/** Both ends of one connection. */
interface Line {
  readonly client: Socket;
  readonly server: Socket;
  held: Buffer[] | undefined;
  deaf: boolean;
}

export async function holdingProxy(url: string): Promise<HoldingProxy> {
  const target = new URL(url);
  const lines = new Set<Line>();
  let rule: Rule | undefined;

  const listening = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    const line: Line = { client, server, held: undefined, deaf: false };
    lines.add(line);
    let pieces: Buffer[] = [];
    let [size, wanted] = [0, 4];
    client.on('data', (bytes: Buffer) => {
      pieces.push(bytes);
      size += bytes.length;
      if (size < wanted) return;
      let buffered = Buffer.concat(pieces);
      // https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol: each message begins with its length.
      while (buffered.length >= 4 && buffered.length >= buffered.readInt32LE(0)) {
        const message = buffered.subarray(0, buffered.readInt32LE(0));
        buffered = buffered.subarray(message.length);
        forward(line, message);
      }
      [pieces, size] = [[buffered], buffered.length];
      wanted = size < 4 ? 4 : buffered.readInt32LE(0);
    });
    server.on('data', (bytes) => line.deaf || client.write(bytes));
    for (const socket of [client, server]) socket.on('error', () => undefined);
    // What is held arrives though its sender has gone.
    client.on('close', () => line.held ?? server.end());
    server.on('close', () => client.destroy());
  });

  function forward(line: Line, message: Buffer): void {
    if (line.held) line.held.push(message);
    else if (rule?.matches(message) !== true || !rule.met(line, message)) line.server.write(message);
  }

  const next = <T>(
    matches: Rule['matches'],
    met: (line: Line, message: Buffer, done: (value: T) => void) => boolean,
  ) =>
    new Promise<T>((resolve) => {
      rule = {
        matches,
        met(line, message) {
          rule = undefined;
          return met(line, message, resolve);
        },
      };
    });

  await once(listening.listen(0, '127.0.0.1'), 'listening');
  const { port } = listening.address() as AddressInfo;
  return {
    url: `mongodb://127.0.0.1:${port}`,
    hold: (matches) =>
      next<Held>(matches, (line, message, done) => {
        line.held = [message];
        done({
          async arrive() {
            const answered = once(line.server, 'data');
            for (const held of line.held ?? []) line.server.write(held);
            line.held = undefined;
            await answered;
          },
        });
        return true;
      }),
    loseAnswer: (matches) =>
      next<void>(matches, (line, _, done) => {
        line.deaf = true;
        done();
        return false;
      }),
    async close() {
      for (const { client, server } of lines) {
        client.destroy();
        server.destroy();
      }
      listening.close();
      await once(listening, 'close');
    },
  };
}
