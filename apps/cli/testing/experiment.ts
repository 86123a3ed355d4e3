import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const script = `
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
const { knobs } = JSON.parse(readFileSync(process.env.HOLDFAST_PARAMS, 'utf8'));
const values = readFileSync('inputs/raw', 'utf8').trim().split('\\n').slice(1).map(Number);
const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
const noise = knobs.noise * Math.random();
writeFileSync('outputs/model.json', JSON.stringify({ mean, noise }));
appendFileSync(process.env.HOLDFAST_METRICS, JSON.stringify({ name: 'score', value: mean + noise }) + '\\n');
`;

const blueprint = `
blueprint: default/tiny
why: What is the mean?
code: { path: ./src }
environment: node-${process.versions.node.split('.')[0]}
data:
  raw: { path: ./data.csv }
knobs: { noise: 0 }
seed: 7
steps:
  train: { run: [node, train.mjs], in: { raw: data.raw }, out: { model: model.json } }
metrics:
  score: { goal: maximize, tolerance: 0.5 }
`;

const knob =
  'knob: noise\ntype: number\nrange: { min: 0, max: 1000 }\ndefault: 0\ndescription: How much chance is in it\n';

/** The bytes that the experiment reads. */
export const dataText = 'x\n1\n2\n3\n4\n';

/** A small experiment whose result is as certain as its knob `noise` lets it be; gives the path of its blueprint. */
export async function writeExperiment(folder: string): Promise<string> {
  await mkdir(join(folder, 'src'), { recursive: true });
  await mkdir(join(folder, 'catalogue'), { recursive: true });
  await writeFile(join(folder, 'src', 'train.mjs'), script);
  await writeFile(join(folder, 'catalogue', 'noise.yaml'), knob);
  await writeFile(join(folder, 'data.csv'), dataText);
  const file = join(folder, 'holdfast.yaml');
  await writeFile(file, blueprint);
  return file;
}
