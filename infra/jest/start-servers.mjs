// Before Jest starts its workers: the servers that the chosen specs need and nobody has named yet. They end with this process.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { neededBy } from '../servers/needs.mjs';
import { shareServers } from '../servers/of-test-run.mjs';

/** As Jest chooses them, from what was last built. */
function chosenSpecs({ testPathPatterns, rootDir }, { testPathIgnorePatterns }) {
  const chosen = testPathPatterns.toExecutor({ rootDir });
  const ignored = testPathIgnorePatterns.map((pattern) => new RegExp(pattern));
  return readdirSync(join(rootDir, 'dist'), { recursive: true })
    .filter((name) => name.endsWith('.spec.js'))
    .map((name) => join(rootDir, 'dist', name))
    .filter((path) => chosen.isMatch(path) && !ignored.some((pattern) => pattern.test(path)));
}

export default async function shareThem(globalConfig, projectConfig) {
  for (const { name, kind, title, note } of await shareServers(
    neededBy(chosenSpecs(globalConfig, projectConfig)),
  )) {
    if (kind === 'missing') console.error(`${name} could not be started: ${title}`);
    if (note !== undefined) console.error(note);
  }
}
