// Compiles apps, libs and test into dist, mirroring the tree. Only what changed; what has no source any more goes.
import { transformFile } from '@swc/core';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleFolder, makeBundles } from './bundle.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const out = join(root, 'dist');
const rooms = ['apps', 'libs', 'test', 'proto'];
/** Read by the built code at run time, so they travel beside it. */
const assets = /\.(proto|sql|json|yaml|csv|html|svg|txt|bin|binpb)$|\/assets\/[^/]+$/;

function* filesUnder(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules') yield* filesUnder(path);
    } else if (entry.isFile()) yield path;
  }
}

/** Milliseconds since the epoch; 0 when there is no such file. */
const changedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function targetOf(source) {
  const name = relative(root, source);
  if (name.endsWith('.d.ts')) return undefined;
  if (name.endsWith('.ts')) return { kind: 'code', target: join(out, name.replace(/\.ts$/, '.js')) };
  if (assets.test(name)) return { kind: 'asset', target: join(out, name) };
  return undefined;
}

/** All or nothing, so that a build cut short is never taken for a finished one. */
function replaceFile(target, content) {
  const half = `${target}.${process.pid}.half`;
  writeFileSync(half, content);
  renameSync(half, target);
}

async function compile(source, target) {
  const { code, map } = await transformFile(source, {
    configFile: join(root, '.swcrc'),
    sourceFileName: relative(dirname(target), source),
    outputPath: target,
  });
  replaceFile(`${target}.map`, map);
  replaceFile(target, `${code}\n//# sourceMappingURL=${basename(target)}.map\n`);
}

/** @returns {Promise<{ compiled: number, removed: number, total: number }>} */
export async function build() {
  const toolChangedAt = Math.max(changedAt(join(root, '.swcrc')), changedAt(fileURLToPath(import.meta.url)));
  const wanted = new Set();
  const work = [];
  for (const room of rooms) {
    for (const source of filesUnder(join(root, room))) {
      const made = targetOf(source);
      if (!made) continue;
      wanted.add(made.target);
      if (made.kind === 'code') wanted.add(`${made.target}.map`);
      if (changedAt(made.target) > Math.max(changedAt(source), toolChangedAt)) continue;
      work.push({ source, ...made });
    }
  }

  let removed = 0;
  for (const path of [...filesUnder(out)]) {
    if (wanted.has(path) || path.startsWith(join(root, bundleFolder))) continue;
    rmSync(path);
    removed += 1;
  }

  const failures = [];
  await Promise.all(
    work.map(async ({ source, target, kind }) => {
      mkdirSync(dirname(target), { recursive: true });
      try {
        if (kind === 'code') await compile(source, target);
        else replaceFile(target, readFileSync(source));
      } catch (error) {
        rmSync(target, { force: true });
        failures.push(`${relative(root, source)}: ${error.message}`);
      }
    }),
  );
  if (failures.length > 0) throw new Error(`build failed\n${failures.join('\n')}`);
  await makeBundles();
  return { compiled: work.length, removed, total: wanted.size };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { compiled, removed } = await build();
    console.log(`build: ${compiled} written, ${removed} removed`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
