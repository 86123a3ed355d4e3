// Puts what a server loads at its start into one file for each: some 1,700 modules cost it two to three times the CPU that one file does.
import { createHash } from 'node:crypto';
import { build } from 'esbuild';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const servers = ['standalone', 'registry', 'scheduler', 'executor', 'provenance', 'auditor'];
export const bundleFolder = 'dist/bundle';
const filesOf = (server) => ({
  entry: `dist/apps/${server}/serve.js`,
  bundle: `${bundleFolder}/${server}.js`,
  list: `${bundleFolder}/${server}.json`,
});

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

/** Files that stand beside a module, such as workers, are still found from where it was. */
const places = {
  name: 'places',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]dist[\\/](apps|libs)[\\/].*\.js$/ }, ({ path }) => {
      const from = relative(`${root}/${bundleFolder}`, path).replaceAll('\\', '/');
      const here = `new URL(${JSON.stringify(from)}, import.meta.url).href`;
      return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', here), loader: 'js' };
    }),
};

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

/** Whether something in it, or what makes it, is newer than the bundle. */
function isStale({ bundle, list }) {
  if (!existsSync(inRoot(bundle)) || !existsSync(inRoot(list))) return true;
  const madeAt = changedAt(inRoot(bundle));
  const made = JSON.parse(readFileSync(inRoot(list), 'utf8'));
  const ours = made.inputs.filter((path) => path.startsWith('dist/')).map(inRoot);
  return (
    made.lockfile !== lockfile() ||
    [fileURLToPath(import.meta.url), ...ours].some((path) => !existsSync(path) || changedAt(path) > madeAt)
  );
}

const changedAt = (path) => statSync(path).mtimeMs;

const lockfile = () =>
  createHash('sha256')
    .update(readFileSync(inRoot('package-lock.json')))
    .digest('hex');

/** Those that are stale, replaced whole. One that cannot be made is not there, so that none is old: its server loads module by module. */
export async function makeBundles() {
  for (const files of servers.map(filesOf).filter(isStale))
    try {
      await replaceBundle(files);
    } catch (error) {
      rmSync(inRoot(files.bundle), { force: true });
      throw error;
    }
}

async function replaceBundle({ entry, bundle, list }) {
  const { outputFiles, metafile } = await build({
    ...{ entryPoints: [entry], outfile: bundle, absWorkingDir: root, write: false, metafile: true },
    ...{ bundle: true, platform: 'node', format: 'esm', target: 'node26' },
    ...{ external, plugins: [places, http], logLevel: 'silent' },
    banner: {
      js: 'import { createRequire as $require } from "node:module"; const require = $require(import.meta.url);',
    },
  });
  mkdirSync(dirname(inRoot(bundle)), { recursive: true });
  writeFileSync(inRoot(list), JSON.stringify({ lockfile: lockfile(), inputs: Object.keys(metafile.inputs) }));
  const half = `${inRoot(bundle)}.${process.pid}.half`;
  writeFileSync(half, outputFiles[0].contents);
  renameSync(half, inRoot(bundle));
}
