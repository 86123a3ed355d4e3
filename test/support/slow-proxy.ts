import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands before a server and is a bad network: every piece later, or every connection gone. */
export interface SlowProxy {
  readonly port: number;
  /** Where what comes is handed on; what comes before it is known is cut. */
  toPort(port: number): void;
  /** From now on each piece arrives so much later, both ways; 0 ends it. */
  delay(ms: number): void;
  /** Cuts every connection that there is. @returns how many */
  drop(): number;
  close(): Promise<void>;
}

export async function slowProxy(): Promise<SlowProxy> {
  const lines = new Set<readonly [Socket, Socket]>();
  let target = 0;
  let delayMs = 0;

  /** In order, also where a later piece is delayed by less. */
  function pass(from: Socket, to: Socket): void {
    let last: Promise<unknown> = Promise.resolve();
    let waiting = 0;
    const hand = (act: () => void) => {
      if (delayMs === 0 && waiting === 0) return act();
      waiting++;
      const due = new Promise((resolve) => setTimeout(resolve, delayMs));
      last = Promise.all([last, due]).then(() => {
        waiting--;
        act();
      });
    };
    from.on('data', (bytes) => hand(() => void to.write(bytes)));
    from.on('end', () => hand(() => void to.end()));
    from.on('close', () => hand(() => void to.destroy()));
    from.on('error', () => undefined);
  }

  const listening = createServer({ noDelay: true }, (client) => {
    const server = connect({ port: target, host: '127.0.0.1', noDelay: true });
    const line = [client, server] as const;
    lines.add(line);
    client.on('close', () => lines.delete(line));
    pass(client, server);
    pass(server, client);
  });
  await once(listening.listen(0, '127.0.0.1'), 'listening');

  const drop = (): number => {
    const cut = [...lines];
    for (const line of cut) for (const socket of line) socket.destroy();
    return cut.length;
  };
  return {
    port: (listening.address() as AddressInfo).port,
    toPort: (port) => void (target = port),
    delay: (ms) => void (delayMs = ms),
    drop,
    async close() {
      drop();
      listening.close();
      await once(listening, 'close');
    },
  };
}
