// Puts what a server loads at its start into one file: some 1,700 modules cost it twice the CPU that one file does.
import { createHash } from 'node:crypto';
import { build } from 'esbuild';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entry = 'dist/apps/standalone/serve.js';
export const bundleFolder = 'dist/bundle';
const [bundle, list] = [`${bundleFolder}/standalone.js`, `${bundleFolder}/inputs.json`];

/** Loaded by Nest or by us only when somebody asks, or never. */
const external = [
  ...['@grpc/proto-loader', '@grpc/reflection', 'grpc-health-check', 'prom-client'],
  ...['class-transformer', 'class-validator', 'cache-manager', 'kafkajs', 'mqtt', 'ioredis', 'amqplib'],
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

/** Whether the bundle is to be made anew after these files changed, given from the root. */
export function isStale(changed) {
  if (!existsSync(inRoot(bundle)) || !existsSync(inRoot(list))) return true;
  if (statSync(fileURLToPath(import.meta.url)).mtimeMs > statSync(inRoot(bundle)).mtimeMs) return true;
  const made = JSON.parse(readFileSync(inRoot(list), 'utf8'));
  const known = new Set(made.inputs);
  return made.lockfile !== lockfile() || changed.some((path) => known.has(path));
}

const lockfile = () =>
  createHash('sha256')
    .update(readFileSync(inRoot('package-lock.json')))
    .digest('hex');

/** Whole or not at all: a server without a bundle loads module by module. */
export async function makeBundle() {
  rmSync(inRoot(bundle), { force: true });
  const { outputFiles, metafile } = await build({
    ...{ entryPoints: [entry], outfile: bundle, absWorkingDir: root, write: false, metafile: true },
    ...{ bundle: true, platform: 'node', format: 'esm', target: 'node26', keepNames: true },
    ...{ external, plugins: [places, http], logLevel: 'silent' },
    banner: {
      js: 'import { createRequire as $require } from "node:module"; const require = $require(import.meta.url);',
    },
  });
  mkdirSync(dirname(inRoot(bundle)), { recursive: true });
  const half = `${inRoot(bundle)}.${process.pid}.half`;
  writeFileSync(half, outputFiles[0].contents);
  renameSync(half, inRoot(bundle));
  writeFileSync(inRoot(list), JSON.stringify({ lockfile: lockfile(), inputs: Object.keys(metafile.inputs) }));
}
