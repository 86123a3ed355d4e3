import { isDomainError, type Digest } from '#kernel';
import { describeContents } from '#domain/comparison';
import { sampleCsv, type CsvSample } from '#domain/dataset';
import { compareColumns, familyRate, type DriftFinding } from '#domain/drift';
import type { Manifest, PinnedData } from '#domain/manifest';
import type { ArtifactStore } from '#artifact-store';

/** What changed in the data of two manifests: bytes, and the distribution of columns. */
export type CompareData = (a: Manifest, b: Manifest, signal: AbortSignal) => Promise<readonly DriftFinding[]>;

const keptComparisons = 64;

/** Remembers what two versions differ in: after a change, every run is compared across the same two. */
export function openDataComparison(artifacts: ArtifactStore): CompareData {
  const known = new Map<string, readonly DriftFinding[]>();
  return async (a, b, signal) => {
    const findings: DriftFinding[] = [];
    for (const [name, before] of Object.entries(a.pinned.data).sort()) {
      const after = b.pinned.data[name];
      if (after === undefined || after.digest === before.digest) continue;
      const key = JSON.stringify([name, before.digest, before.where, after.digest, after.where]);
      const found = known.get(key) ?? (await compare(artifacts, name, before, after, signal));
      known.delete(key);
      known.set(key, found);
      for (const oldest of known.keys()) if (known.size > keptComparisons) known.delete(oldest);
      findings.push(...found);
    }
    return [...findings, ...comeAndGone(a.pinned.data, b.pinned.data)];
  };
}

async function compare(
  artifacts: ArtifactStore,
  name: string,
  a: PinnedData,
  b: PinnedData,
  signal: AbortSignal,
): Promise<readonly DriftFinding[]> {
  const bytes = (detail: string): DriftFinding => equality(name, 'equality of digests', detail);
  try {
    const open = (digest: Digest) => until(artifacts.get(digest), signal);
    const where = await whereTheyPart(artifacts, a, b, open);
    if (a.format !== 'csv' || b.format !== 'csv') return [bytes(where)];
    const before = await sampleCsv(open(a.digest), { where: a.where });
    const after = await sampleCsv(open(b.digest), { where: b.where });
    const { findings, tests, untested } = compareColumns(name, before, after);
    const rate = testedText(findings.length, tests);
    const limits = [untestedText(untested), partText(before), partText(after)].filter((text) => text !== '');
    return [bytes([where, rowsText(before, after), rate, ...limits].join('; ')), ...findings];
  } catch (error) {
    signal.throwIfAborted();
    if (!isDomainError(error) || !['invalid', 'not-found', 'exhausted'].includes(error.kind)) throw error;
    return [bytes(`the bytes changed; what in them cannot be told: ${error.message.slice(0, 200)}`)];
  }
}

async function whereTheyPart(
  artifacts: ArtifactStore,
  a: PinnedData,
  b: PinnedData,
  open: (digest: Digest) => AsyncIterable<Uint8Array>,
): Promise<string> {
  const [x, y] = await Promise.all([artifacts.stat(a.digest), artifacts.stat(b.digest)]);
  if (!x || !y) return 'the bytes changed; they are not here';
  const contents = ({ digest, sizeBytes }: typeof x) => ({ sizeBytes, open: () => open(digest) });
  const named = a.format === 'csv' && b.format === 'csv' ? 'data.csv' : 'data';
  return describeContents(named, contents(x), contents(y));
}

const testedText = (found: number, tests: number): string => {
  const by = tests === 1 ? 'by one test' : `by ${tests} tests together`;
  const what =
    found === 0 ? 'no column differs' : found === 1 ? 'one column differs' : `${found} findings in columns`;
  return tests === 0 ? what : `${what} ${by}, false alarms ${familyRate * 100} %`;
};

const rowsText = (a: CsvSample, b: CsvSample): string =>
  a.rows === b.rows ? `${a.rows} rows as before` : `${a.rows} rows became ${b.rows}`;

const partText = ({ complete, more }: CsvSample): string =>
  [complete ? '' : 'only the first 128 MiB', more === 0 ? '' : `${more} columns not looked at`]
    .filter((text) => text !== '')
    .join(', ');

const untestedText = (columns: readonly string[]): string =>
  columns.length === 0
    ? ''
    : `too many different values to test: ${columns.slice(0, 5).join(', ')}${columns.length > 5 ? ', …' : ''}`;

type Data = Manifest['pinned']['data'];

const comeAndGone = (a: Data, b: Data): DriftFinding[] => [
  ...Object.keys(a)
    .filter((name) => !Object.hasOwn(b, name))
    .map((name) => equality(name, 'equality of names', 'the run takes it in no more')),
  ...Object.keys(b)
    .filter((name) => !Object.hasOwn(a, name))
    .map((name) => equality(name, 'equality of names', 'the reference did not take it in')),
];

const equality = (subject: string, test: string, detail: string): DriftFinding => ({
  ...{ kind: 'data', subject, test, statistic: 1, threshold: 0, n: 2, detail },
});

async function* until(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    signal.throwIfAborted();
    yield piece;
  }
}
