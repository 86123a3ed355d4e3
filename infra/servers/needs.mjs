// Which servers a built spec needs: those that it, or a file of its own that it imports, names by variable or asks for.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { servers } from './index.mjs';

const imports = /(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+\.js)['"]/g;
const names = ({ name, variable }, text) =>
  text.includes(variable) || text.includes(`sharedServer('${name}')`);

const found = new Map();

/** @param {string} file of `dist` @returns {Set<object>} of `servers` */
function namedIn(file) {
  const before = found.get(file);
  if (before !== undefined) return before;
  const needed = new Set();
  found.set(file, needed);
  // A specifier may be text of a test.
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  for (const server of Object.values(servers)) if (names(server, text)) needed.add(server);
  for (const [, specifier] of text.matchAll(imports))
    for (const server of namedIn(resolve(dirname(file), specifier))) needed.add(server);
  return needed;
}

/** @param {readonly string[]} specs files of `dist` @returns {object[]} of `servers`, in their order */
export function neededBy(specs) {
  const needed = new Set(specs.flatMap((spec) => [...namedIn(spec)]));
  return Object.values(servers).filter((server) => needed.has(server));
}
