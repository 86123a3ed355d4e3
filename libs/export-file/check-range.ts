import type { Digest } from '#kernel';
import type { Wrong } from './check-contents.js';
import { parseEventLine, type ReadLine } from './event-line.js';
import { parseLeaf, type Leaf } from './leaf.js';
import { eventFilter, leafFilter } from './leaf-filter.js';
import { openLines, type Lines } from './lines.js';
import { names, type ExportManifest } from './manifest.js';
import { openRangeRoot } from './range-root.js';
import { toldEvent, type ToldEvent } from './told-event.js';
import { exportInvalid, type ExportZip } from './zip-file.js';

interface RangeCheck {
  readonly manifest: ExportManifest;
  readonly streams: ReadonlySet<string> | undefined;
  readonly onEvent: (event: ToldEvent) => void;
  readonly onOther: () => void;
  readonly wrong: Wrong;
  readonly onProgress: (doneBytes: number) => void;
}

const progressEvery = 10_000;

/**
 * Position after position of the range: each is an event that was asked for, or the leaf of one that was not, and together with the
 * hashes of what is outside they make the root that was signed.
 * @throws EXPORT_INVALID where a line cannot be read
 */
export async function checkRange(
  zip: ExportZip,
  { manifest, streams, onEvent, onOther, wrong, onProgress }: RangeCheck,
): Promise<{ readonly events: Digest; readonly leaves: Digest }> {
  const { filter, range, log } = manifest;
  checkBounds(manifest, wrong);
  const [events, leaves] = [
    openLines(names.events, zip.read(names.events)),
    openLines(names.leaves, zip.read(names.leaves)),
  ];
  const [nextEvent, nextLeaf] = [parsing(events, parseEventLine), parsing(leaves, parseLeaf)];
  const [leafFits, eventFits] = [leafFilter(filter, streams), eventFilter(filter)];
  const root = openRangeRoot(range, Number(log.size));
  let [event, other] = [await nextEvent(), await nextLeaf()];
  let bytes = 0;
  for (let at = Number(range.first); at < Number(range.end); at++) {
    const index = String(at);
    if (event?.value.leaf.index === index) {
      const { leaf, leafText, envelope } = event.value;
      const told = toldEvent(leaf, envelope);
      root.leaf(leafText);
      if (!leafFits(leaf) || !eventFits(told))
        wrong(names.events, `position ${index} is not what was asked for`);
      onEvent(told);
      bytes += event.length;
      event = await nextEvent();
    } else if (other?.value.index === index) {
      root.leaf(other.text);
      // With an actor asked for, a leaf alone cannot tell.
      if (filter.actor === undefined && leafFits(other.value))
        wrong(names.leaves, `position ${index} was asked for and left out`);
      onOther();
      bytes += other.length;
      other = await nextLeaf();
    } else throw exportInvalid(names.events, `position ${index} is missing`);
    if (at % progressEvery === 0) onProgress(bytes);
  }
  if (event !== undefined)
    wrong(names.events, `position ${event.value.leaf.index} is out of order or not in the range`);
  if (other !== undefined)
    wrong(names.leaves, `position ${other.value.index} is out of order or not in the range`);
  if (root.root() !== log.root)
    wrong(
      'root',
      'the events and leaves, with the hashes of what is outside their range, do not make the root of the log',
    );
  await drain(events);
  await drain(leaves);
  return { events: events.digest(), leaves: leaves.digest() };
}

interface Parsed<T> {
  readonly value: T;
  readonly text: string;
  readonly length: number;
}

const parsing =
  <T extends ReadLine | Leaf>(lines: Lines, parse: (line: string) => T) =>
  async (): Promise<Parsed<T> | undefined> => {
    const text = await lines.next();
    return text === undefined ? undefined : { value: parse(text), text, length: text.length + 1 };
  };

async function drain(lines: Lines): Promise<void> {
  while ((await lines.next()) !== undefined);
}

/** A range is no wider than what was asked for, and without times as wide. */
function checkBounds({ filter, range, log }: ExportManifest, wrong: Wrong): void {
  const [first, end, size] = [Number(range.first), Number(range.end), Number(log.size)];
  const from = Number(filter.fromIndex ?? 0);
  const to = Math.min(filter.toIndex === undefined ? size : Number(filter.toIndex) + 1, size);
  const field = `${names.manifest}:range`;
  if (first > end || end > size) wrong(field, 'is no range of the log');
  else if (first < end && (first < from || end > to))
    wrong(field, 'reaches beyond the positions that were asked for');
  else if (filter.recordedFrom === undefined && from < to && first !== from)
    wrong(field, 'begins later than what was asked for');
  else if (filter.recordedTo === undefined && from < to && end !== to)
    wrong(field, 'ends earlier than what was asked for');
}
