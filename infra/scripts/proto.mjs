// Protocol: `generate` the code, `check` lint, compatibility and that the code is current, `release` today's as the published one.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { inRoot, runTool } from './toolchain.mjs';

const generated = 'libs/contracts/generated';
const released = 'proto/released.binpb';
const buf = (...args) => runTool('@bufbuild/buf/bin/buf', args);

const filesOf = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    : [];

/** Names of generated files that differ from what `proto/` asks for. */
async function staleFiles() {
  const fresh = mkdtempSync(join(tmpdir(), 'holdfast-proto-'));
  try {
    const { status, output } = await buf('generate', '--output', fresh);
    if (status !== 0) throw new Error(output);
    const [wanted, present] = [join(fresh, generated), inRoot(generated)];
    const names = new Set([...filesOf(wanted), ...filesOf(present)]);
    const read = (folder, name) =>
      existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '';
    return [...names].filter((name) => read(wanted, name) !== read(present, name));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

async function check() {
  const problems = [];
  const lint = await buf('lint');
  if (lint.status !== 0) problems.push(`buf lint:\n${lint.output}`);
  const breaking = await buf('breaking', '--against', released);
  if (breaking.status !== 0)
    problems.push(
      `buf breaking: clients of the released protocol would fail (before a version is published: npm run proto:release)\n${breaking.output}`,
    );
  const stale = await staleFiles();
  if (stale.length > 0) problems.push(`stale in ${generated} (npm run proto): ${stale.join(', ')}`);
  return problems;
}

const verbs = {
  generate: async () => {
    const { status, output } = await buf('generate');
    return status === 0 ? [] : [output];
  },
  check,
  release: async () => {
    const { status, output } = await buf('build', '--exclude-source-info', '--output', released);
    return status === 0 ? [] : [output];
  },
};

const verb = verbs[process.argv[2]];
if (verb === undefined) {
  console.error(`usage: node infra/scripts/proto.mjs ${Object.keys(verbs).join('|')}`);
  process.exitCode = 2;
} else {
  const problems = await verb();
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
