import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Sockets of one port, in our own hands so that they can be cut. */
export class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #refusing = false;

  constructor(take: (socket: Socket) => void) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      if (this.#refusing) {
        socket.resetAndDestroy();
        return;
      }
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      take(socket);
    });
  }

  get connections(): number {
    return this.#sockets.size;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Port 0 takes any free one. */
  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, resolve);
    });
  }

  /** As a network that breaks: no goodbye, in both directions at once. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** New connections are reset as soon as they are made. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
