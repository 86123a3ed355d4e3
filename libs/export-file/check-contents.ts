import { isStreamId, type Digest, type Problem } from '#kernel';
import { createDigester, digestBytes, digestStream } from '#evidence';
import { checkRange } from './check-range.js';
import { csvHeader, csvLine } from './csv.js';
import { names, type ExportManifest } from './manifest.js';
import { isReport } from './report.js';
import { Tally } from './tally.js';
import type { ToldEvent } from './told-event.js';
import { exportInvalid, type ExportZip } from './zip-file.js';

/** More than this say no more than these. */
const mostProblems = 100;
const mostStreamsBytes = 256 * 2 ** 20;

export type Wrong = (field: string, message: string) => void;

/**
 * Events and leaves against the root of the log, what the manifest counts, and every rendering against what the events make of it.
 * @returns every problem, up to {@link mostProblems}
 */
export async function checkContents(
  zip: ExportZip,
  manifest: ExportManifest,
  onProgress: (doneBytes: number) => void,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const wrong: Wrong = (field, message) => {
    if (problems.length < mostProblems) problems.push({ code: 'EVIDENCE_FAILS', field, message });
  };
  const listed = new Map(manifest.members.map((member) => [member.path, member]));
  const sameBytes = (path: string, digest: Digest) => {
    if (listed.get(path)?.digest !== digest) wrong(path, 'its bytes are not those that were signed');
  };
  for (const [path, { sizeBytes }] of listed)
    if (String(zip.entries.get(path)?.sizeBytes) !== sizeBytes)
      wrong(path, `has not the ${sizeBytes} bytes that were signed`);
  for (const path of [names.checkpoint, names.csv, names.html])
    if (listed.has(path)) sameBytes(path, (await digestStream(zip.read(path))).digest);

  const streams = listed.has(names.streams) ? await readStreams(zip, sameBytes) : undefined;
  const tally = new Tally();
  const csv = listed.has(names.csv) ? openCsvDigest() : undefined;
  const onEvent = (event: ToldEvent) => {
    tally.event(event);
    csv?.add(event);
  };
  const onOther = () => tally.other();
  const digests = await checkRange(zip, { manifest, streams, onEvent, onOther, wrong, onProgress });
  sameBytes(names.events, digests.events);
  sameBytes(names.leaves, digests.leaves);
  checkFacts(manifest, tally, wrong);
  const { members: _, ...about } = manifest;
  const says = 'does not say what the events say';
  if (csv && csv.digest() !== listed.get(names.csv)?.digest) wrong(names.csv, says);
  const html = listed.get(names.html)?.digest;
  if (html !== undefined && !isReport(html, about, tally.rows)) wrong(names.html, says);
  return problems;
}

function checkFacts(manifest: ExportManifest, tally: Tally, wrong: Wrong): void {
  const facts = tally.facts();
  for (const key of ['events', 'others', 'types', 'recorded'] as const) {
    const [said, counted] = [JSON.stringify(manifest[key]), JSON.stringify(facts[key])];
    if (said !== counted) wrong(`${names.manifest}:${key}`, `says ${said}, and there is ${counted}`);
  }
}

async function readStreams(
  zip: ExportZip,
  sameBytes: (path: string, digest: Digest) => void,
): Promise<ReadonlySet<string>> {
  const bytes = await zip.readWhole(names.streams, mostStreamsBytes);
  sameBytes(names.streams, digestBytes(bytes));
  const lines = bytes.toString().split('\n');
  const sound =
    lines.pop() === '' &&
    lines.every((line, i) => isStreamId(line) && (i === 0 || line > (lines[i - 1] as string)));
  if (!sound) throw exportInvalid(names.streams, 'is no sorted list of streams, one in each line');
  return new Set(lines);
}

const pieceLength = 64 * 1024;

/** What the table of these events hashes to. */
function openCsvDigest() {
  const digester = createDigester();
  let held = csvHeader;
  const flush = () => {
    digester.update(Buffer.from(held));
    held = '';
  };
  return {
    add(event: ToldEvent) {
      held += csvLine(event);
      if (held.length > pieceLength) flush();
    },
    digest() {
      flush();
      return digester.digest();
    },
  };
}
