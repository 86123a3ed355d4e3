import { Client, credentials, type MethodDefinition, type ServiceDefinition } from '@grpc/grpc-js';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openKafkaBus } from '#message-bus/kafka';
import { testBucket } from '../../contract/s3-bucket.js';
import { sharedServer } from '../../support/servers/index.js';
import { cpuMs } from './process-use.js';

/** Services of which every run needs something; the executor is the bench itself. */
const roles = ['registry', 'scheduler', 'provenance', 'auditor'] as const;
export type Role = (typeof roles)[number];

export interface ChainSettings {
  readonly role: Role;
  readonly registry?: string;
  readonly places: {
    readonly events: string;
    readonly mongodb: string;
    readonly database: string;
    readonly kafka: string;
    readonly topic: string;
    /** Where blobs are put, by a name below. */
    readonly blobs: string;
  };
}

/** Bytes, as an acted run has them: events of each append, blobs of a bundle, answers. */
export const sizes = {
  submitted: [945, 814],
  claimed: [477],
  reported: [645, 1376, 747],
  sealed: [778],
  manifest: 1059,
  bundle: [2080, 6532, 9982, 5030, 2704, 2497],
  run: 1000,
  document: 1500,
  publicEvent: 500,
  headers: ['ce_id', 'ce_source', 'ce_type', 'ce_subject', 'ce_time', 'ce_traceparent', 'ce_correlationid'],
} as const;

const same = (bytes: Buffer): Buffer => bytes;
const method = (path: string): MethodDefinition<Buffer, Buffer> => ({
  ...{ path, requestStream: false, responseStream: false },
  ...{ requestSerialize: same, requestDeserialize: same },
  ...{ responseSerialize: same, responseDeserialize: same },
});
export const chainMethods: ServiceDefinition = Object.fromEntries(
  ['resolve', 'submit', 'report', 'stand'].map((name) => [name, method(`/bare.Chain/${name}`)]),
);

const main = fileURLToPath(new URL('./bare-chain-process.js', import.meta.url));
const lookMs = 50;

async function startRole(settings: ChainSettings) {
  const child = spawn(process.execPath, ['--no-warnings', main, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const early = ended.then(() => Promise.reject(new Error(`the bare ${settings.role} did not start`)));
  const [port] = (await Promise.race([once(child.stdout, 'data'), early])) as [Buffer];
  const address = `127.0.0.1:${String(port).trim()}`;
  const client = new Client(address, credentials.createInsecure());
  return {
    address,
    cpuMs: () => cpuMs(child.pid as number),
    call: (name: string, text: string) =>
      new Promise<Buffer>((resolve, reject) => {
        const { path } = chainMethods[name] as MethodDefinition<Buffer, Buffer>;
        client.makeUnaryRequest(path, same, same, Buffer.from(text), (error, answer) =>
          error === null ? resolve(answer as Buffer) : reject(error),
        );
      }),
    async stop() {
      client.close();
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * What services in processes of their own have to ask of the four engines and of each other for a run, each once, by the engines' own
 * clients: four appends, which three processes follow, the manifest put and read, what a bundle has of its own put, a document for each of
 * the three and the public events, 200 ms of them together, and a call from process to process where one is. Nothing is decided, folded,
 * hashed, signed or checked.
 */
export async function startBareChain() {
  const bucket = await testBucket(sharedServer('s3'));
  const { bucket: name, prefix, endpoint } = bucket.options;
  const [id, broker] = [randomUUID(), sharedServer('kafka')];
  const places = {
    ...{ events: sharedServer('eventstoredb'), mongodb: sharedServer('mongodb'), database: `bench-${id}` },
    ...{ kafka: broker, topic: `bench-${id}`, blobs: `${endpoint}/${name}/${prefix}` },
  };
  const bus = await openKafkaBus({ brokers: [broker] });
  // It makes the topic, and waits until that can be written.
  await bus.publish(places.topic, [{ key: id, headers: {}, value: Buffer.alloc(1) }]);
  await bus.close();
  const registry = await startRole({ role: 'registry', places });
  const others = await Promise.all(
    roles.slice(1).map((role) => startRole({ role, places, registry: registry.address })),
  );
  const all = [registry, ...others];
  const [scheduler, provenance] = others as [typeof registry, typeof registry];
  let sealed = 0;

  async function stands(): Promise<boolean> {
    const stand = await Promise.all(all.map(({ call }) => call('stand', '')));
    const known = stand.map((bytes) => JSON.parse(bytes.toString()) as { waiting: number; seen: number });
    return known.every(({ waiting }) => waiting === 0) && known[all.indexOf(provenance)]?.seen === sealed;
  }

  return {
    cpuMs: () => all.reduce((sum, one) => sum + one.cpuMs(), 0),
    /** Submitted as fast as that goes and reported one after another, as acted runs are. @returns runs a second */
    async run(count: number): Promise<number> {
      const startedAt = performance.now();
      const runs = Array.from({ length: count }, () => ({
        id: randomUUID(),
        submitted: Promise.withResolvers<void>(),
      }));
      const submit = async () => {
        for (const run of runs) {
          await scheduler.call('submit', run.id);
          run.submitted.resolve();
        }
      };
      const act = async () => {
        for (let i = 0; i <= count; i++) {
          await runs[i]?.submitted.promise;
          await scheduler.call('report', JSON.stringify({ run: runs[i - 1]?.id, next: runs[i]?.id }));
        }
      };
      await Promise.all([submit(), act()]);
      sealed += count;
      return (count * 1000) / (performance.now() - startedAt);
    },
    async settled(): Promise<void> {
      while (!(await stands())) await new Promise((resolve) => setTimeout(resolve, lookMs));
    },
    async stop() {
      await Promise.all(all.map((one) => one.stop()));
      await bucket.remove();
    },
  };
}
