// Puts what a server loads at its start into one file for each: some 1,700 modules cost it two to three times the CPU that one file does.
// So too what a thread of the embedded stores loads: 16 ms instead of 26.
import { createHash } from 'node:crypto';
import { build } from 'esbuild';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const servers = ['standalone', 'registry', 'scheduler', 'executor', 'provenance', 'auditor'];
/** Found by `libs/sqlite/thread.ts` in the bundles' folder as it is found in `dist`. */
const workers = ['event-store/sqlite/writer', 'event-store/sqlite/reader', 'read-store/sqlite/read-store'];
export const bundleFolder = 'dist/bundle';

/** Loaded by Nest or by us only when somebody asks or the settings say so, or never. */
const external = [
  ...['#event-store/eventstoredb', '#read-store/mongodb', '#message-bus/kafka', '#artifact-store/s3'],
  ...['#tile-store/s3', '#s3', '#key-store/mongodb'],
  // What those throw must be known here for what it is, so it is there once.
  '#kernel',
  ...['@grpc/proto-loader', '@grpc/reflection', 'grpc-health-check', 'prom-client', '@opentelemetry/*'],
  ...['class-transformer', 'cache-manager', 'kafkajs', 'mqtt', 'ioredis', 'amqplib'],
  ...['@nestjs/platform-express', '@nestjs/platform-fastify', '@nestjs/websockets'],
  ...['@nats-io/transport-node', 'nats', 'amqp-connection-manager'],
];

const filesOf = (entry, name) => ({
  ...{ entry, bundle: `${bundleFolder}/${name}.js`, list: `${bundleFolder}/${name}.json` },
});
const bundles = [
  ...servers.map((server) => ({ ...filesOf(`dist/apps/${server}/serve.js`, server), external })),
  ...workers.map((worker) => filesOf(`dist/libs/${worker}.worker.js`, `libs/${worker}.worker`)),
];

/** Files that stand beside a module, such as workers, are still found from where it was. Notes the digest of each module of ours. */
const places = (bundle, digests) => ({
  name: 'places',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]dist[\\/](apps|libs)[\\/].*\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      digests[relative(root, path).replaceAll('\\', '/')] = digestOf(text);
      const from = relative(dirname(inRoot(bundle)), path).replaceAll('\\', '/');
      const here = `new URL(${JSON.stringify(from)}, import.meta.url).href`;
      return { contents: text.replaceAll('import.meta.url', here), loader: 'js' };
    }),
});

/** As an ES module `node:http` brings all of `fetch` with it, which takes 30 ms. */
const http = {
  name: 'http',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?http$/ }, () => ({ path: 'http', namespace: 'builtin' }));
    onLoad({ filter: /./, namespace: 'builtin' }, () => ({
      contents: 'module.exports = process.getBuiltinModule("node:http")',
    }));
  },
};

const inRoot = (path) => `${root}/${path}`;

/** Whether something in it, or what makes it, is not what it was made of. Times say nothing: what is put back has an older one. */
function isStale({ bundle, list }, digestAt) {
  if (!existsSync(inRoot(bundle)) || !existsSync(inRoot(list))) return true;
  const { digests } = JSON.parse(readFileSync(inRoot(list), 'utf8'));
  return !digests || Object.entries(digests).some(([path, digest]) => digestAt(path) !== digest);
}

const digestOf = (text) => createHash('sha256').update(text).digest('hex');

/** Of files as they are, each read once for all bundles; undefined for one that is not there. */
function digestsNow() {
  const known = new Map();
  return (path) => {
    if (!known.has(path))
      known.set(path, existsSync(inRoot(path)) ? digestOf(readFileSync(inRoot(path), 'utf8')) : undefined);
    return known.get(path);
  };
}

/** What a bundle is made of beside our modules. */
const makers = ['package-lock.json', 'infra/scripts/bundle.mjs'];

/** Those that are stale, replaced whole. One that cannot be made is not there, so that none is old: its server loads module by module. */
export async function makeBundles() {
  const digestAt = digestsNow();
  const stale = bundles.filter((files) => isStale(files, digestAt));
  for (const files of stale)
    try {
      await replaceBundle(files, digestAt);
    } catch (error) {
      rmSync(inRoot(files.bundle), { force: true });
      throw error;
    }
}

async function replaceBundle({ entry, bundle, list, external = [] }, digestAt) {
  const ours = {};
  const { outputFiles, metafile } = await build({
    ...{ entryPoints: [entry], outfile: bundle, absWorkingDir: root, write: false, metafile: true },
    ...{ bundle: true, platform: 'node', format: 'esm', target: 'node26' },
    ...{ external, plugins: [places(bundle, ours), http], logLevel: 'silent' },
    banner: {
      js: 'import { createRequire as $require } from "node:module"; const require = $require(import.meta.url);',
    },
  });
  mkdirSync(dirname(inRoot(bundle)), { recursive: true });
  const digests = { ...ours, ...Object.fromEntries(makers.map((path) => [path, digestAt(path)])) };
  writeFileSync(inRoot(list), JSON.stringify({ digests, inputs: Object.keys(metafile.inputs) }));
  const half = `${inRoot(bundle)}.${process.pid}.half`;
  writeFileSync(half, outputFiles[0].contents);
  renameSync(half, inRoot(bundle));
}
