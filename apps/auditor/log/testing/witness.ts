import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  cosign,
  decodeBase64,
  formatVerifierKey,
  openCheckpoint,
  parseCheckpoint,
  verifyConsistency,
  type Checkpoint,
  type Signer,
  type VerifierKey,
} from '#evidence';

export interface TestWitness {
  /** As `HOLDFAST_WITNESSES` has it. */
  readonly setting: string;
  readonly key: string;
  /** Statuses that it has answered. */
  readonly answers: number[];
  /** What it cosigned last. */
  latest?: Checkpoint | undefined;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body?: string;
}

/** A witness of one log, as C2SP tlog-witness has it, with its memory in this process. */
export async function startWitness(
  signer: Signer,
  log: VerifierKey,
  seconds = 1_800_000_000,
): Promise<TestWitness> {
  async function answer(body: string): Promise<Answer> {
    const end = body.indexOf('\n\n');
    const [first = '', ...lines] = body.slice(0, end).split('\n');
    const old = /^old (0|[1-9]\d*)$/.exec(first)?.[1];
    if (old === undefined || lines.length > 63) return { status: 400 };
    const note = body.slice(end + 2);
    const proof = lines.map((line) => decodeBase64(line) ?? new Uint8Array());
    const checkpoint = parseCheckpoint(note);
    if (checkpoint.origin !== log.name) return { status: 404 };
    try {
      openCheckpoint(note, { keys: [log] });
    } catch {
      return { status: 403 };
    }
    if (Number(old) > checkpoint.size) return { status: 400 };
    const latest = witness.latest;
    if (Number(old) !== (latest?.size ?? 0)) return { status: 409, body: `${latest?.size ?? 0}\n` };
    if (
      latest !== undefined &&
      latest.size === checkpoint.size &&
      Buffer.compare(latest.root, checkpoint.root) !== 0
    )
      return { status: 409 };
    if (latest === undefined ? proof.length > 0 : !verifyConsistency(latest, checkpoint, proof))
      return { status: 422 };
    witness.latest = checkpoint;
    const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
    return { status: 200, body: `${await cosign(text, seconds, signer)}\n` };
  }

  const server = createServer((request, response) => {
    void (async () => {
      const { status, body = '' } =
        request.method === 'POST' && request.url === '/add-checkpoint'
          ? await answer(await bodyOf(request)).catch(() => ({ status: 400 }) as Answer)
          : ({ status: 404 } as Answer);
      witness.answers.push(status);
      response
        .writeHead(status, { 'content-type': status === 409 ? 'text/x.tlog.size' : 'text/plain' })
        .end(body);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const key = formatVerifierKey(signer.keyName, signer.publicKey, 'cosignature');
  const witness: TestWitness = {
    key,
    setting: `${key} http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    answers: [],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return witness;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
