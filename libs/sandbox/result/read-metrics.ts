import { closeSync, constants, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { canonicalize, comparePaths, parseJson } from '#evidence';
import { isDomainError, type Json } from '#kernel';
import type { ArtifactStore } from '#artifact-store';
import type { StepFailure } from '../failure.js';
import type { MetricSummary, StepMetrics } from '../step.js';
import type { Open } from './open-at.js';
import { findSecret, type SecretBytes } from './secret-bytes.js';

const maxLineBytes = 4096;
const maxNames = 1000;
const rawBytes = 1024 * 1024;
const maxBytes = 64 * 1024 * 1024;

interface Point {
  readonly name: string;
  readonly value: number;
  readonly step?: number;
}

/**
 * Reads the series that a step appended to its metrics file, which it may have replaced by anything.
 * Up to the first line that is no metric everything counts; that line is a failure which names it.
 */
export async function readMetrics(
  path: string,
  store: ArtifactStore,
  secrets: readonly SecretBytes[] = [],
): Promise<{ readonly metrics: StepMetrics; readonly failure: StepFailure | undefined }> {
  const file = openMetrics(path);
  try {
    if (file === undefined || !fstatSync(file).isFile())
      return {
        metrics: await keep(new Map(), Buffer.alloc(0), store),
        failure: invalid('the file was replaced'),
      };
    const leak = await findSecret(piecesOf(file), secrets);
    if (leak !== undefined)
      return {
        metrics: await keep(new Map(), Buffer.alloc(0), store),
        failure: invalid(`they hold the value of the secret ${leak}; write it nowhere`),
      };
    return await readFrom(file, store);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function openMetrics(path: string): Open | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

/** What is small comes as one, read blocking. */
async function* piecesOf(file: Open): AsyncGenerator<Buffer, void> {
  const { size } = fstatSync(file);
  if (size <= rawBytes) yield headOf(file, size);
  else yield* createReadStream('', { fd: file, autoClose: false, start: 0 }) as AsyncIterable<Buffer>;
}

function headOf(file: Open, bytes: number): Buffer {
  const head = Buffer.alloc(bytes);
  return head.subarray(0, readSync(file, head, 0, bytes, 0));
}

async function readFrom(file: Open, store: ArtifactStore) {
  const summaries = new Map<string, MetricSummary>();
  const series: string[] = [];
  let number = 0;
  if (fstatSync(file).size > maxBytes) {
    const failure = invalid(`more than ${maxBytes} bytes; write every n-th point`);
    return { metrics: await keep(summaries, Buffer.alloc(0), store), failure };
  }
  for await (const line of linesOf(file)) {
    number += 1;
    if (line.length === 0) continue;
    const point = readPoint(line);
    const bad =
      typeof point === 'string'
        ? point
        : summaries.size >= maxNames && !summaries.has(point.name)
          ? `it is the ${maxNames + 1}th name of a metric`
          : undefined;
    if (bad !== undefined || typeof point === 'string') {
      const raw = headOf(file, Math.min(rawBytes, fstatSync(file).size));
      return {
        metrics: await keep(summaries, raw, store),
        failure: invalid(`line ${number}: ${bad}`),
      };
    }
    series.push(`${canonicalize({ ...point })}\n`);
    summaries.set(point.name, add(summaries.get(point.name), point));
  }
  return { metrics: await keep(summaries, Buffer.from(series.join('')), store), failure: undefined };
}

const keep = async (
  summaries: ReadonlyMap<string, MetricSummary>,
  bytes: Uint8Array,
  store: ArtifactStore,
): Promise<StepMetrics> => {
  const { digest, sizeBytes } = await store.put(bytes, { settleLater: true });
  const summary = [...summaries.values()].sort((a, b) => comparePaths(a.name, b.name));
  return { digest, sizeBytes, summary };
};

const add = (was: MetricSummary | undefined, { name, value }: Point): MetricSummary => ({
  name,
  last: value,
  count: (was?.count ?? 0) + 1,
  min: Math.min(was?.min ?? value, value),
  max: Math.max(was?.max ?? value, value),
});

/** Lines without their ends; one that is too long comes as its beginning, which is no metric either. */
async function* linesOf(file: Open): AsyncGenerator<Buffer, void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of piecesOf(file)) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = rest.indexOf(10, from); end !== -1; end = rest.indexOf(10, from)) {
      yield rest.subarray(from, end);
      from = end + 1;
    }
    rest = rest.subarray(from);
    if (rest.length > maxLineBytes) break;
  }
  if (rest.length > 0) yield rest;
}

/** The usual line, in which no key can stand twice and no number lose anything: `JSON.parse` is safe for it. */
const usual =
  /^\{"name": ?"[\w./@:-]{1,200}", ?"value": ?-?(0|[1-9]\d{0,14})(\.\d+)?(e[+-]?\d{1,3})?(, ?"step": ?(0|[1-9]\d{0,14}))?\}$/;

/** A point, or what is wrong with the line. */
function readPoint(line: Buffer): Point | string {
  if (line.length > maxLineBytes) return `it is longer than ${maxLineBytes} bytes`;
  const text = line.toString('latin1');
  if (usual.test(text)) {
    const point = JSON.parse(text) as Point;
    return Number.isFinite(point.value) ? point : 'value is not finite';
  }
  let value: Json;
  try {
    value = parseJson(line, { file: 'metrics' });
  } catch (error) {
    const [problem] = isDomainError(error) ? error.problems : [];
    return `it is not JSON (${problem?.message ?? 'unreadable'}); JSON has no NaN and no Infinity, leave such points out`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is not an object';
  const { name, value: number, step, ...rest } = value as Readonly<Record<string, Json>>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    return `unknown field ${JSON.stringify(unknown.slice(0, 40))}; allowed are name, value, step`;
  if (typeof name !== 'string' || name === '' || name.length > 200)
    return 'name is not a text of 1 to 200 characters';
  if (/\p{Cc}/u.test(name) || !name.isWellFormed()) return 'name has a control character';
  if (typeof number !== 'number' || !Number.isFinite(number)) return 'value is not a finite number';
  if (step === undefined) return { name, value: number };
  if (typeof step !== 'number' || !Number.isSafeInteger(step) || step < 0)
    return 'step is not an integer from 0 on';
  return { name, value: number, step };
}

const invalid = (what: string): StepFailure => ({ class: 'metrics-invalid', message: `metrics: ${what}` });
