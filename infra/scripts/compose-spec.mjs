// What `docker compose` itself reads files with: seconds of compiling, once. Runs on any Node from 18 on.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { inRoot, run, toolEnv } from './toolchain.mjs';

/** @throws Error with what Go said */
export async function installComposeSpec(folder) {
  const args = ['install', 'github.com/compose-spec/compose-go/v2/cmd@v2.16.2'];
  const { status, output } = await run('go', args, { env: { ...toolEnv(), GOBIN: folder } });
  if (status !== 0) throw new Error(`go ${args.join(' ')} failed\n${output}`);
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
