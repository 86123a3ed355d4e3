import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server does with one request. */
export type Deed =
  | { readonly does: 'answer' }
  /** Answers itself, in the way of S3. */
  | { readonly does: 'refuse'; readonly status: number; readonly code: string; readonly more?: string }
  /** Ends the connection: at once, or after so many bytes of the answer. */
  | { readonly does: 'cut'; readonly afterBytes?: number }
  /** Takes the request, or sends so many bytes of the answer, and says no more. */
  | { readonly does: 'fall silent'; readonly afterBytes?: number }
  /** Does what is asked, and the answer is lost. */
  | { readonly does: 'lose the answer' }
  /** Flips a bit of the byte there. */
  | { readonly does: 'garble'; readonly at: number };

export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly range: string | undefined;
}

/** Between a client and a server, and in the way. */
export interface S3Proxy {
  readonly url: string;
  readonly asked: Asked[];
  /** Decides on each request; answers all when absent. */
  deed: ((asked: Asked) => Deed | Promise<Deed>) | undefined;
  close(): void;
}

const answering: Deed = { does: 'answer' };

/** @param url of the server: `http://key:secret@host:port` */
export async function s3Proxy(url: string): Promise<S3Proxy> {
  const behind = new URL(url);
  const server = createServer((incoming, outgoing) => {
    const asked = {
      method: incoming.method ?? '',
      url: incoming.url ?? '',
      range: incoming.headers.range,
    };
    proxy.asked.push(asked);
    void (async () => serve((await proxy.deed?.(asked)) ?? answering, incoming, outgoing, behind))();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy: S3Proxy = {
    url: `http://${behind.username}:${behind.password}@127.0.0.1:${port}`,
    asked: [],
    deed: undefined,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return proxy;
}

function serve(deed: Deed, incoming: IncomingMessage, outgoing: ServerResponse, behind: URL): void {
  if (deed.does === 'refuse') return refuse(deed, incoming, outgoing);
  if ((deed.does === 'cut' || deed.does === 'fall silent') && deed.afterBytes === undefined) {
    incoming.resume();
    if (deed.does === 'cut') incoming.socket.destroy();
    return;
  }
  const { method, url: path, headers } = incoming;
  const on = request({ host: behind.hostname, port: behind.port, method, path, headers }, (answer) => {
    if (deed.does === 'lose the answer') {
      answer.resume().on('end', () => incoming.socket.destroy());
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    void pass(deed, answer, outgoing, incoming);
  });
  on.on('error', () => incoming.socket.destroy());
  outgoing.on('close', () => on.destroy());
  incoming.pipe(on);
}

async function pass(
  deed: Deed,
  answer: IncomingMessage,
  outgoing: ServerResponse,
  incoming: IncomingMessage,
): Promise<void> {
  const limit = deed.does === 'cut' || deed.does === 'fall silent' ? (deed.afterBytes ?? 0) : Infinity;
  let sent = 0;
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      const bytes = Buffer.from(piece.subarray(0, limit - sent));
      if (deed.does === 'garble' && deed.at >= sent && deed.at < sent + bytes.length)
        bytes[deed.at - sent]! ^= 1;
      sent += bytes.length;
      await new Promise((resolve) => outgoing.write(bytes, resolve));
      if (sent < limit) continue;
      if (deed.does === 'cut') incoming.socket.destroy();
      return;
    }
    outgoing.end();
  } catch {
    incoming.socket.destroy();
  }
}

function refuse(
  { status, code, more = '' }: Deed & { readonly does: 'refuse' },
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  incoming.resume();
  outgoing.writeHead(status, { 'content-type': 'application/xml' });
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message>${more}</Error>`;
  outgoing.end(incoming.method === 'HEAD' ? undefined : body);
}
