import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { symlinkSync, truncateSync } from 'node:fs';
import { bin, newcomer, type Newcomer, type Said } from '../support/command-line.js';
import { startTogether } from '../support/start-together.js';
import type { System } from '../support/system.js';
import { typedWithin } from '../support/typed-within.js';

let system: System;
let somebody: Newcomer;
beforeAll(async () => {
  system = await startTogether();
});
afterAll(() => system.close());
beforeEach(() => {
  somebody = newcomer();
  somebody.put('src/main.mjs', 'console.log("fine");\n');
});
afterEach(() => somebody.remove());

const good: Readonly<Record<string, string>> = {
  blueprint: 'default/small',
  why: 'to see',
  code: '{ path: ./src }',
  environment: 'node-26',
  seed: '1',
  knobs: '{ rate: 0.5 }',
  steps: '{ main: { run: [node, main.mjs] } }',
};
const text = (over: Readonly<Record<string, string>> = {}): string =>
  Object.entries({ ...good, ...over })
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');

/** What it said was wrong and where: `holdfast.yaml:5:7 TYPE_WRONG`. */
const problemsIn = ({ stderr }: Said): string[] =>
  stderr
    .split('\n')
    .flatMap((line) => /^(\S+:\d+:\d+) {2}([A-Z][A-Z0-9_]+) {2}/.exec(line)?.slice(1).join(' ') ?? []);

const typed = (...args: string[]) =>
  typedWithin(somebody.folder, [...args, '--server', system.addresses.registry], somebody.env);
const run = (...args: string[]) => typed('run', ...args);
const yaml = (content: string | Uint8Array) => () => somebody.put('holdfast.yaml', content);
const at = (place: string) => `holdfast.yaml:${place}`;
const inCircle =
  '{ a: { run: [x], in: { i: b.y }, out: { y: y } }, b: { run: [x], in: { i: a.y }, out: { y: y } } }';
/** Each alias stands for ten of the one before. */
const exploding = [...'abcdefghi']
  .map(
    (name, i, all) =>
      `${name}: &${name} [${Array.from({ length: 10 }, () => (i === 0 ? 'x' : `*${all[i - 1]}`)).join(', ')}]`,
  )
  .join('\n');

/** Each way to be wrong, and everything that must be said of it: no more, no less. */
const table: readonly (readonly [what: string, write: () => void, problems: readonly string[]])[] = [
  ['unknown keys', yaml(text({ sed: '2', metric: '{}' })), [at('8:1 KEY_UNKNOWN'), at('9:1 KEY_UNKNOWN')]],
  ['wrong types', yaml(text({ seed: 'x', knobs: '[1]' })), [at('5:7 TYPE_WRONG'), at('6:8 TYPE_WRONG')]],
  ['steps in a circle', yaml(text({ steps: inCircle })), [at('7:82 STEPS_CYCLIC')]],
  [
    'inputs that there are not',
    yaml(text({ steps: '{ a: { run: [x], in: { i: b.y, j: data.nope } } }' })),
    [at('7:34 INPUT_UNKNOWN'), at('7:42 INPUT_UNKNOWN')],
  ],
  ['a key twice', yaml(`${text()}seed: 2\n`), [at('8:1 KEY_DUPLICATE')]],
  ['deep nesting', yaml(text({ steps: '['.repeat(100_000) })), [at('7:39 NESTING_TOO_DEEP')]],
  [
    'numbers that are none',
    yaml(text({ seed: '.nan', knobs: '{ rate: .inf }' })),
    [at('5:7 NUMBER_NOT_FINITE'), at('6:16 NUMBER_NOT_FINITE')],
  ],
  ['a number beyond 2^53', yaml(text({ seed: '9007199254740993' })), [at('5:7 NUMBER_UNSAFE')]],
  ['a path that leads up', yaml(text({ code: '{ path: ../x }' })), [at('3:15 PATH_INVALID')]],
  ['an absolute path', yaml(text({ code: '{ path: /etc }' })), [at('3:15 PATH_INVALID')]],
  [
    'outputs that leave, and that collide',
    yaml(text({ steps: '{ main: { run: [x], out: { t: ../../t, a: "A.txt", b: "a.txt" } } }' })),
    [at('7:38 PATH_INVALID'), at('7:62 OUTPUT_COLLIDES')],
  ],
  [
    'text that reads otherwise than it is',
    yaml(text({ why: '"to \\u202Esee"', labels: '{ a: "\\u200b" }' })),
    [at('2:6 TEXT_UNSAFE'), at('8:14 TEXT_UNSAFE'), at('8:14 LABEL_INVALID')],
  ],
  ['bytes that are no UTF-8', yaml(Buffer.from([...Buffer.from(text()), 0xff])), [at('1:1 FILE_NOT_UTF8')]],
  [
    'a tag of an image',
    yaml(text({ environment: '{ image: a.example/b:3 }' })),
    [at('4:23 IMAGE_NOT_PINNED')],
  ],
  [
    'a tag of data',
    yaml(text({ data: '{ d: { dataset: birds@latest } }' })),
    [at('8:23 DATASET_REF_INVALID')],
  ],
  ['data that is not there', yaml(text({ data: '{ d: { path: nope.csv } }' })), [at('8:20 FILE_MISSING')]],
  [
    'a link out of the folder, as data',
    () => {
      symlinkSync('/etc/passwd', somebody.at('passwd'));
      yaml(text({ data: '{ d: { path: passwd } }' }))();
    },
    [at('8:20 LINK_OUTSIDE')],
  ],
  [
    'a link out of the folder, in code',
    () => {
      symlinkSync('/etc/passwd', somebody.at('src/passwd'));
      yaml(text())();
    },
    ['src/passwd:1:1 LINK_OUTSIDE'],
  ],
  [
    'names that differ in case, in code',
    () => {
      somebody.put('src/Main.mjs', '');
      yaml(text())();
    },
    ['src/main.mjs:1:1 NAME_COLLISION'],
  ],
  [
    'a file of 100 MB',
    () => {
      yaml('')();
      truncateSync(somebody.at('holdfast.yaml'), 100 * 2 ** 20);
    },
    [at('1:1 FILE_TOO_LARGE')],
  ],
];

describe('holdfast run', () => {
  it.each(table)('refuses %s, says where, and records nothing', async (_, write, problems) => {
    write();
    const before = await system.eventStore.head();
    const said = await run();
    expect([said.status, said.stdout, problemsIn(said)]).toEqual([2, '', problems]);
    expect(said.stderr).not.toMatch(/^ +at /m);
    expect(await system.eventStore.head()).toBe(before);
  });

  it('refuses anchors that explode, in bounded memory', async () => {
    yaml(text() + exploding)();
    const before = await system.eventStore.head();
    const small = ['--max-old-space-size=64', bin, 'run', '--server', system.addresses.registry];
    const said = await somebody.run(process.execPath, small);
    expect([said.status, said.stdout]).toEqual([2, '']);
    expect(problemsIn(said).join('\n')).toContain('YAML_TOO_MANY_ALIASES');
    expect(await system.eventStore.head()).toBe(before);
  });

  it('holds knobs against the catalogue of the server, where the file says them', async () => {
    const knob = (name: string) =>
      `knob: ${name}\ntype: number\ndefault: 0.1\nrange: { min: 0, max: 1 }\ndescription: A rate\n`;
    somebody.put('rate.yaml', knob('rate'));
    expect(await typed('knob', 'declare', 'rate.yaml', '--reason', 'r')).toMatchObject({ status: 0 });
    yaml(text({ knobs: '{ rate: 5 }' }))();
    const before = await system.eventStore.head();
    const said = await run();
    expect([said.status, said.stdout, problemsIn(said)]).toEqual([2, '', [at('6:16 KNOB_OUT_OF_RANGE')]]);
    expect(await system.eventStore.head()).toBe(before);
    yaml(text({ knobs: '{ rate: 0.5 }' }))();
    const set = await run('--set', 'rate=7', '--set', 'rte=1');
    expect(set).toMatchObject({ status: 2, stdout: '' });
    expect(set.stderr).toMatch(/KNOB_OUT_OF_RANGE[^]*did you mean rate\?/);
    expect(await system.eventStore.head()).toBe(before);
  });
});
