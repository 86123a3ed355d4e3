const door = 'Time and chance come through Clock and Chance of #kernel';

/** Selectors of what reads a clock or rolls dice. */
export const clockSyntax = [
  ['CallExpression[callee.object.name="Date"][callee.property.name="now"]', 'Date.now'],
  ['NewExpression[callee.name="Date"][arguments.length=0]', 'new Date()'],
  ['CallExpression[callee.name="Date"]', 'Date()'],
  ['MemberExpression[object.name="Math"][property.name="random"]', 'Math.random'],
  ['MemberExpression[object.name="performance"][property.name="now"]', 'performance.now'],
  ['MemberExpression[object.name="process"][property.name="hrtime"]', 'process.hrtime'],
  ['MemberExpression[object.name="AbortSignal"][property.name="timeout"]', 'AbortSignal.timeout'],
  ['Identifier[name="randomUUID"]', 'randomUUID'],
].map(([selector, what]) => ({ selector, message: `${door}: no ${what} here.` }));
const globals = ['setTimeout', 'setInterval'];
const modules = ['node:timers', 'node:timers/promises', 'timers', 'timers/promises'];

/** Rules that leave one door for time and one for chance, so that a whole cluster can run on simulated ones. */
export const noClock = {
  'no-restricted-globals': ['error', ...globals.map((name) => ({ name, message: `${door}.` }))],
  'no-restricted-imports': ['error', { paths: modules.map((name) => ({ name, message: `${door}.` })) }],
  'no-restricted-properties': [
    'error',
    ...globals.map((property) => ({ object: 'globalThis', property, message: `${door}.` })),
  ],
};

/** Each breaks the rule above; tried by a test. */
export const clockOffences = [
  'export const a = Date.now();',
  'export const a = new Date();',
  'setTimeout(() => {}, 1);',
  'setInterval(() => {}, 1);',
  'globalThis.setTimeout(() => {}, 1);',
  'export const a = Math.random();',
  'export const a = globalThis.crypto.randomUUID();',
  "import { setTimeout as wait } from 'node:timers/promises'; await wait(1);",
];
