import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { checkBlueprint } from './index.js';
import { golden, knobs } from './testing/examples.js';

const good = golden('penguins.yaml');
const catalogue = { knobs, datasets: ['palmer-penguins@1'], environments: ['node-26'] };
const check = (input: string | Uint8Array) =>
  checkBlueprint(input, { file: 'holdfast.yaml', catalogue }).problems;

/** What to change in the good file (from → to), and the one problem it must give: code, line:column, field, part of the fix. */
type Bad = readonly [from: string, to: string, code: string, at: string, field: string, fix: string];
const bad: readonly Bad[] = [
  // Keys and types
  ['seed: 20260101', 'sed: 20260101', 'KEY_UNKNOWN', '8:1', 'sed', 'did you mean seed?'],
  ['stratify:', 'stratfy:', 'KEY_UNKNOWN', '6:91', 'data.penguins.folds.stratfy', 'did you mean stratify?'],
  [
    'path: ./src',
    'commit: ./src, git: https://a.example/b',
    'COMMIT_INVALID',
    '3:17',
    'code.commit',
    'git rev-parse HEAD',
  ],
  ['sex is known', 'sex == 1', 'WHERE_INVALID', '6:50', 'data.penguins.where', 'write ='],
  ['seed: 20260101', '', 'KEY_MISSING', '1:1', 'seed', 'add `seed: 20260101`'],
  ['goal: maximize, ', '', 'KEY_MISSING', '14:3', 'metrics.accuracy.goal', 'add `goal: maximize`'],
  [
    '[node, prepare.mjs]',
    'node prepare.mjs',
    'TYPE_WRONG',
    '10:19',
    'steps.prepare.run',
    'write it like [node, train.mjs]',
  ],
  ['unit: "1"', 'unit: 1', 'TYPE_WRONG', '14:51', 'metrics.accuracy.unit', 'put it in quotes: "1"'],
  ['memory: 256Mi', 'memory: 256', 'TYPE_WRONG', '15:30', 'resources.memory', 'write it like 256Mi'],
  [
    'goal: maximize',
    'goal: maximise',
    'VALUE_UNKNOWN',
    '14:21',
    'metrics.accuracy.goal',
    'did you mean maximize?',
  ],
  ['k: 5', 'k: 1', 'VALUE_OUT_OF_RANGE', '6:78', 'data.penguins.folds.k', 'write it like 5'],
  ['memory: 256Mi', 'memory: 256MB', 'QUANTITY_INVALID', '15:30', 'resources.memory', 'Ki, Mi, Gi, Ti'],
  ['timeout: 2m', 'timeout: 2 minutes', 'QUANTITY_INVALID', '15:46', 'resources.timeout', 'ms, s, m, h or d'],
  ['timeout: 2m', 'timeout: 31d', 'QUANTITY_INVALID', '15:46', 'resources.timeout', '2m'],
  [
    '{ path: ./src }',
    '{ git: "ext::sh -c id", commit: 0123456789abcdef0123456789abcdef01234567 }',
    'FORMAT_INVALID',
    '3:14',
    'code.git',
    'https://',
  ],
  // Numbers
  [
    'learningRate: 0.1',
    'learningRate: .nan',
    'NUMBER_NOT_FINITE',
    '7:24',
    'knobs.learningRate',
    'write a number',
  ],
  [
    'learningRate: 0.1',
    'learningRate: 1e999',
    'NUMBER_NOT_FINITE',
    '7:24',
    'knobs.learningRate',
    'write a number',
  ],
  ['seed: 20260101', 'seed: 9007199254740993', 'NUMBER_UNSAFE', '8:7', 'seed', 'smaller'],
  ['seed: 20260101', 'seed: -1', 'VALUE_OUT_OF_RANGE', '8:7', 'seed', '20260101'],
  ['seed: 20260101', 'seed: 1.5', 'TYPE_WRONG', '8:7', 'seed', '20260101'],
  // Names and text
  ['penguins/species  ', 'Penguins/species ', 'NAME_INVALID', '1:12', 'blueprint', 'default/species'],
  ['penguins/species  ', 'species           ', 'NAME_INVALID', '1:12', 'blueprint', 'default/species'],
  ['accuracy:', '"9 accuracy":', 'NAME_INVALID', '14:3', 'metrics.9 accuracy', 'accuracy'],
  ['Do four', 'Do \u202efour', 'TEXT_UNSAFE', '2:6', 'why', 'remove U+202E'],
  ['three species', 'three spe\u200bcies', 'TEXT_UNSAFE', '2:6', 'why', 'remove U+200B'],
  [
    'clean: clean.csv',
    'clean: "clean\\u0007.csv"',
    'TEXT_UNSAFE',
    '10:82',
    'steps.prepare.out.clean',
    'remove U+0007',
  ],
  [
    'model: model.json',
    'model: modele\u0301.json',
    'TEXT_NOT_NFC',
    '11:82',
    'steps.train.out.model',
    'modelé.json',
  ],
  // YAML
  ['seed: 20260101', 'seed: 20260101\nseed: 7', 'KEY_DUPLICATE', '9:1', 'seed', 'the first is at line 8'],
  ['{ learningRate: 0.1,', '{ 7: 0.1,', 'KEY_NOT_TEXT', '7:10', 'knobs', 'put it in quotes'],
  [
    '{ learningRate: 0.1,',
    '{ __proto__: 0.1,',
    'KEY_REFUSED',
    '7:10',
    'knobs.__proto__',
    'choose another name',
  ],
  ['{ learningRate: 0.1,', '{ <<: { a: 1 },', 'YAML_MERGE_KEY', '7:10', 'knobs.<<', 'write the keys out'],
  ['seed: 20260101', 'seed: !int 20260101', 'YAML_TAG', '8:12', 'seed', 'remove it'],
  ['seed: 20260101', 'seed: *root', 'YAML_ALIAS_UNKNOWN', '8:7', 'seed', 'write the value out'],
  // Code, environment, data
  ['path: ./src', 'path: ../src', 'PATH_INVALID', '3:15', 'code.path', 'without ..'],
  ['path: ./src', 'path: /src', 'PATH_INVALID', '3:15', 'code.path', 'relative path'],
  [
    'node-26 ',
    'python:3.12 ',
    'ENVIRONMENT_NOT_PINNED',
    '4:14',
    'environment',
    'docker buildx imagetools inspect',
  ],
  ['node-26 ', 'latest ', 'ENVIRONMENT_NOT_PINNED', '4:14', 'environment', 'sha256:'],
  ['node-26 ', 'node-27 ', 'ENVIRONMENT_UNKNOWN', '4:14', 'environment', 'did you mean node-26?'],
  [
    'node-26 ',
    '{ image: "python:latest" }',
    'IMAGE_NOT_PINNED',
    '4:23',
    'environment.image',
    'skopeo inspect',
  ],
  [
    'palmer-penguins@1',
    'palmer-penguins',
    'DATASET_REF_INVALID',
    '6:24',
    'data.penguins.dataset',
    'palmer-penguins@1',
  ],
  [
    'palmer-penguins@1',
    'palmer-penguin@1',
    'DATASET_UNKNOWN',
    '6:24',
    'data.penguins.dataset',
    'did you mean palmer-penguins@1?',
  ],
  // Knobs
  [
    'learningRate: 0.1',
    'learningrate: 0.1',
    'KNOB_UNKNOWN',
    '7:10',
    'knobs.learningrate',
    'did you mean learningRate?',
  ],
  [
    'learningRate: 0.1',
    'learningRate: 1.5',
    'KNOB_OUT_OF_RANGE',
    '7:24',
    'knobs.learningRate',
    'from 0 to 1',
  ],
  ['epochs: 300', 'epochs: 3.5', 'KNOB_TYPE', '7:37', 'knobs.epochs', 'such as 1'],
  // Steps
  [
    'prepare.clean',
    'prepare.claen',
    'INPUT_UNKNOWN',
    '11:51',
    'steps.train.in.clean',
    'did you mean prepare.clean?',
  ],
  [
    'data.penguins',
    'data.penguin',
    'INPUT_UNKNOWN',
    '10:51',
    'steps.prepare.in.raw',
    'did you mean data.penguins?',
  ],
  ['folds: train', 'folds: trian', 'INPUT_UNKNOWN', '12:52', 'steps.report.in.folds', 'did you mean train?'],
  [
    'folds: train',
    'folds: penguins',
    'INPUT_UNKNOWN',
    '12:52',
    'steps.report.in.folds',
    'did you mean data.penguins?',
  ],
  ['folds: train', 'folds: a.b.c', 'INPUT_INVALID', '12:52', 'steps.report.in.folds', 'prepare.clean'],
  [
    'out: { model: model.json, predictions: predictions.csv }, ',
    '',
    'INPUT_EMPTY',
    '12:52',
    'steps.report.in.folds',
    'declare `out`',
  ],
  [
    'raw: data.penguins',
    'raw: train.model',
    'STEPS_CYCLIC',
    '11:51',
    'steps.train.in.clean',
    'cut the circle',
  ],
  [
    ', each: fold',
    ', each: fold, after: [prepair]',
    'STEP_UNKNOWN',
    '11:146',
    'steps.train.after[0]',
    'did you mean prepare?',
  ],
  [
    'folds: { k: 5, seed: 11, stratify: species }',
    '',
    'FOLDS_MISSING',
    '11:132',
    'steps.train.each',
    'folds: { k: 5',
  ],
  [
    'data:',
    'data:\n  other: { path: o.csv, folds: { k: 3 } }',
    'FOLDS_AMBIGUOUS',
    '7:66',
    'data.penguins.folds',
    'remove one',
  ],
  [
    'predictions: predictions.csv',
    'predictions: model.json',
    'OUTPUT_DUPLICATE',
    '11:107',
    'steps.train.out.predictions',
    'another path',
  ],
  [
    'predictions: predictions.csv',
    'predictions: Model.json',
    'OUTPUT_COLLIDES',
    '11:107',
    'steps.train.out.predictions',
    'another path',
  ],
  [
    'predictions: predictions.csv',
    'predictions: model.json/all',
    'OUTPUT_COLLIDES',
    '11:107',
    'steps.train.out.predictions',
    'of its own',
  ],
  [
    'predictions: predictions.csv',
    'Model: predictions.csv',
    'NAME_COLLIDES',
    '11:94',
    'steps.train.out.Model',
    'another name',
  ],
  [
    'clean: clean.csv',
    "clean: 'a\\b'",
    'PATH_INVALID',
    '10:82',
    'steps.prepare.out.clean',
    'with / between names',
  ],
  ['  report:', '  data: { run: [a] }\n  report:', 'NAME_RESERVED', '12:3', 'steps.data', 'another name'],
  // The rest
  ['[executor-lost]', '[wrong-result]', 'RETRY_NOT_ALLOWED', '16:28', 'retry.on[0]', 'remove it'],
  [
    'vault:research/api',
    'hunter2',
    'SECRET_NOT_A_REFERENCE',
    '17:23',
    'secrets.API_TOKEN',
    'vault:research/api@3',
  ],
  ['API_TOKEN', 'HOLDFAST_TOKEN', 'VARIABLE_RESERVED', '17:12', 'secrets.HOLDFAST_TOKEN', 'another name'],
  ['API_TOKEN', 'api-token', 'VARIABLE_INVALID', '17:12', 'secrets.api-token', 'API_TOKEN'],
  [
    'seed: 2',
    'determinism: { variables: { API_TOKEN: x } }\nseed: 2',
    'VARIABLE_TWICE',
    '8:29',
    'determinism.variables.API_TOKEN',
    'keep one',
  ],
  ['seed: 2', 'labels: { gpu: "two words" }\nseed: 2', 'LABEL_INVALID', '8:16', 'labels.gpu', 'a100'],
  [
    'report.mjs]',
    '"--key=ghp_0123456789abcdefghijABCDEFGHIJ012345"]',
    'SECRET_IN_TEXT',
    '12:26',
    'steps.report.run[1]',
    'revoke it',
  ],
];

describe('a bad blueprint', () => {
  it.each(bad)('with %j → %j gives %s at %s', (from, to, code, at, field, fix) => {
    expect(good).toContain(from);
    const problems = check(good.replace(from, () => to));
    const found = problems.find((problem) => problem.code === code);
    expect(problems.map((problem) => problem.code)).toContain(code);
    expect(`${found?.place?.line}:${found?.place?.column}`).toBe(at);
    expect(found).toMatchObject({
      field,
      fix: expect.stringContaining(fix),
      place: { file: 'holdfast.yaml' },
    });
    expect(found?.message).not.toMatch(/[^.]\.$/);
  });

  it('shows no value of a secret', () => {
    const text = good
      .replace('vault:research/api', 'hunter2')
      .replace('report.mjs', 'ghp_0123456789abcdefghijABCDEFGHIJ012345');
    const shown = JSON.stringify(check(text));
    expect(shown).not.toContain('hunter2');
    expect(shown).not.toContain('ghp_');
  });

  it('shows the whole circle', () => {
    const [problem] = check(good.replace('data.penguins', 'report.report'));
    expect(problem?.message).toBe('steps wait for each other: prepare ← train ← report ← prepare');
  });

  it('names every problem of a file at once, in the order of the file', () => {
    const edits = bad.filter(([from]) => good.split(from).length === 2 && from.length > 8).slice(0, 40);
    const several = ['seed: 20260101', 'goal: maximize', 'memory: 256Mi', 'vault:research/api'];
    const chosen = several.flatMap((from) => edits.filter((edit) => edit[0] === from).slice(-1));
    const text = chosen.reduce((all, [from, to]) => all.replace(from, () => to), good);
    const problems = check(text);
    expect(problems.map(({ code }) => code)).toEqual(
      expect.arrayContaining(chosen.map(([, , code]) => code)),
    );
    const places = problems.map(({ place }) => (place?.line ?? 0) * 1e6 + (place?.column ?? 0));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });
});

/** Texts that are wrong as a whole, and the first problem of each. */
const whole: readonly (readonly [name: string, input: string | Uint8Array, code: string])[] = [
  ['nothing', '', 'FILE_EMPTY'],
  ['a comment', '# nothing', 'FILE_EMPTY'],
  ['100 MB', new Uint8Array(100e6), 'FILE_TOO_LARGE'],
  ['UTF-16 without a mark', Buffer.from('why: x', 'utf16le'), 'FILE_NOT_UTF8'],
  ['lines of old Macs', '# mine\rblueprint: a/b\r', 'LINE_END_UNREAD'],
  ['Latin-1', new Uint8Array([0x77, 0x68, 0x79, 0x3a, 0xe9]), 'FILE_NOT_UTF8'],
  ['a list', '- 1', 'TYPE_WRONG'],
  ['a word', 'blueprint', 'TYPE_WRONG'],
  ['broken YAML', 'a: [1', 'YAML_INVALID'],
  ['a tab', 'steps:\n\ta: 1', 'YAML_INVALID'],
  ['two documents', `${good}\n---\n${good}`, 'YAML_DOCUMENTS'],
  ['YAML 1.1', '%YAML 1.1\n---\na: yes', 'YAML_DIRECTIVE'],
  ['deep nesting', `a: ${'['.repeat(100_000)}`, 'NESTING_TOO_DEEP'],
  [
    'deep groups',
    Array.from({ length: 100 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    'NESTING_TOO_DEEP',
  ],
  ['a long list', `a: [${'1,'.repeat(30_000)}]`, 'YAML_TOO_MANY_VALUES'],
  ['a megabyte of lines', '- a\n'.repeat(250_000), 'YAML_TOO_LONG'],
  ['many aliases', `a: &a 1\nb: [${'*a,'.repeat(200)}]`, 'YAML_TOO_MANY_ALIASES'],
  ['an alias within its anchor', 'a: &a [*a]', 'YAML_ALIAS_UNKNOWN'],
  ['no steps', good.replace(/steps:[^]*metrics:/, 'steps: {}\nmetrics:'), 'STEPS_NONE'],
  [
    'too many steps',
    good
      .replace('k: 5', 'k: 1000')
      .replace(
        'steps:',
        `steps:\n${Array.from({ length: 12 }, (_, i) => `  s${i}: { run: [a], each: fold }`).join('\n')}`,
      ),
    'STEPS_TOO_MANY',
  ],
  ['many problems', Array.from({ length: 300 }, (_, i) => `k${i}: 1`).join('\n'), 'PROBLEMS_OMITTED'],
];

describe('a text that is no blueprint', () => {
  it.each(whole)('%s', (_, input, code) => {
    const problems = check(input);
    expect(problems.map((problem) => problem.code)).toContain(code);
    expect(problems.length).toBeLessThanOrEqual(101);
  });

  it('explodes in no alias', () => {
    const lines = [...'abcdefghi'].map(
      (name, i, all) => `${name}: &${name} [${`*${all[i - 1]},`.repeat(i ? 9 : 0)}x]`,
    );
    // Of this thread's own work: a hundred times what it takes, and far shorter than four hundred million of them.
    const started = process.threadCpuUsage();
    expect(check(lines.join('\n'))).not.toEqual([]);
    expect(process.threadCpuUsage(started).user).toBeLessThan(10_000_000);
  });

  it('may be JSON, and then has the same places', () => {
    const [problem] = check('{\n\t"blueprint": 7\n}').filter(({ field }) => field === 'blueprint');
    expect(problem).toMatchObject({ code: 'TYPE_WRONG', place: { line: 2, column: 15 } });
  });
});

it('every code of this room that a text can give is tried above', () => {
  const folder = new URL('.', import.meta.url);
  const checking =
    /^(check-blueprint|cycle|document-|parts|read-document|schema|source-schemas|step-problems).*\.js$/;
  const sources = readdirSync(folder).filter((name) => checking.test(name));
  const codes = sources.flatMap(
    (name) => readFileSync(new URL(name, folder), 'utf8').match(/'[A-Z]+(?:_[A-Z0-9]+)+'/g) ?? [],
  );
  const tried = new Set([...bad.map(([, , code]) => code), ...whole.map(([, , code]) => code)]);
  const yaml = new Set(['TAB_AS_INDENT']);
  const missing = codes
    .map((code) => code.slice(1, -1))
    .filter((code) => !tried.has(code) && !yaml.has(code));
  expect([...new Set(missing)]).toEqual([]);
});
