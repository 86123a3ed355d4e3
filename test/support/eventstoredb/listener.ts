import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Where a connection goes: HTTP/2 is a client's, anything else is for `control.ts`. */
export interface Takers {
  readonly grpc: (socket: Socket) => void;
  readonly control: (socket: Socket) => void;
}

const http2Preface = Buffer.from('PRI * HTTP/2.0');

/** One port, its sockets in our own hands so that they can be cut. */
export class Listener {
  readonly #server: Server;
  readonly #takers: Takers;
  readonly #clients = new Set<Socket>();
  readonly #others = new Set<Socket>();
  #refusing = false;

  constructor(takers: Takers) {
    this.#takers = takers;
    this.#server = createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('readable', () => this.#sort(socket));
    });
  }

  get connections(): number {
    return this.#clients.size;
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
    for (const socket of this.#clients) socket.resetAndDestroy();
  }

  /** New connections of clients are reset at their first byte. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing;
  }

  close(): void {
    this.#server.close();
    for (const socket of [...this.#clients, ...this.#others]) socket.destroy();
  }

  #sort(socket: Socket): void {
    const first = socket.read() as Buffer | null;
    if (first === null) {
      socket.destroy();
      return;
    }
    socket.unshift(first);
    const isClient = first.subarray(0, http2Preface.length).equals(http2Preface);
    if (isClient && this.#refusing) {
      socket.resetAndDestroy();
      return;
    }
    const known = isClient ? this.#clients : this.#others;
    known.add(socket);
    socket.on('close', () => known.delete(socket));
    if (isClient) this.#takers.grpc(socket);
    else this.#takers.control(socket);
  }
}
