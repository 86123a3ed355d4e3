import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder of a test, which anybody may enter: steps run as nobody in particular. */
export interface TestFolder {
  readonly path: string;
  at(name: string): string;
  put(name: string, content?: string | Uint8Array, mode?: number): string;
  read(name: string): string;
  remove(): void;
}

export function makeFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
  chmodSync(path, 0o755);
  const at = (name: string) => join(path, name);
  return {
    path,
    at,
    put(name, content = name, mode = 0o644) {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), content, { mode });
      return at(name);
    },
    read: (name) => readFileSync(at(name), 'utf8'),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** `examples/NAME` of this repository, copied into a folder. */
export function copyExample(name: string, folder: TestFolder): void {
  cpSync(new URL(`../../../../examples/${name}`, import.meta.url).pathname, folder.path, { recursive: true });
}

/** A blueprint that is right, with lines added or replaced by their first word. */
export function blueprintText(...lines: readonly string[]): string {
  const given: readonly string[] = [
    'blueprint: default/small',
    'why: to see',
    'code: { path: ./src }',
    'environment: node-26',
    'seed: 1',
    'steps: { main: { run: [node, main.mjs], out: { text: text.txt } } }',
  ];
  const wordOf = (line: string) => line.split(':')[0];
  const replaced = new Set(lines.map(wordOf));
  return [...given.filter((line) => !replaced.has(wordOf(line))), ...lines, ''].join('\n');
}

/** A step that writes what it was told and one metric. */
export const mainScript = `import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const { knobs } = JSON.parse(readFileSync(process.env.HOLDFAST_PARAMS, 'utf8'));
mkdirSync(process.env.HOLDFAST_OUTPUTS, { recursive: true });
writeFileSync(process.env.HOLDFAST_OUTPUTS + '/text.txt', JSON.stringify(knobs));
appendFileSync(process.env.HOLDFAST_METRICS, JSON.stringify({ name: 'size', value: Object.keys(knobs).length }) + '\\n');
console.log('wrote it');
console.error('and said so');
`;
