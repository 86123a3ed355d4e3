import { leafOf } from '#evidence';
import { csvHeader } from './csv.js';
import { addLine, addRow, eventParts } from './event-parts.js';
import { leafText } from './leaf.js';
import { eventFilter, leafFilter } from './leaf-filter.js';
import type { ExportAbout, ExportFilter, ExportRange } from './manifest.js';
import { openPieces } from './pieces.js';
import { openRangeRoot } from './range-root.js';
import { spoolInto } from './spool.js';
import { Tally } from './tally.js';

/** An event of the range as the event store has it. */
export interface RangeEvent {
  /** Of its leaf in the log. */
  readonly index: number;
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  /** As they are stored. */
  readonly bytes: Uint8Array;
}

export interface WriterOptions {
  readonly range: ExportRange;
  readonly logSize: number;
  readonly filter: ExportFilter;
  /** What the filter's runs and blueprints come to; undefined for every stream. */
  readonly streams: ReadonlySet<string> | undefined;
  /** Where `leaves.jsonl` and `events.csv` wait; no table without its place. */
  readonly spools: { readonly leaves: number; readonly table?: number };
}

/** What events become at once. */
export interface WrittenEvents {
  /** Pieces of `events.jsonl`. */
  readonly lines: readonly Uint8Array[];
  /** Places of the events that were asked for, among those that were given. */
  readonly asked: readonly number[];
}

/** What is known at the end, when all is in the spools. */
export interface WrittenRange extends WrittenEvents {
  readonly facts: Pick<ExportAbout, 'events' | 'others' | 'types' | 'recorded'>;
  /** Of the readable report. */
  readonly rows: readonly string[];
  /** Hex, of the log, by the events of the range; undefined when they do not fill it. */
  readonly root: string | undefined;
}

/** Makes the events of a range, given in order, into what an export holds of them. */
export interface EventWriter {
  write(events: readonly RangeEvent[]): Promise<WrittenEvents>;
  end(): Promise<WrittenRange>;
  /** Writes no more, whether it has come to its end or not; the spools may be closed when it resolves. */
  close(): Promise<void>;
}

export function openEventWriter({ range, logSize, filter, streams, spools }: WriterOptions): EventWriter {
  const [leafFits, eventFits] = [leafFilter(filter, streams), eventFilter(filter)];
  const root = openRangeRoot(range, logSize);
  const tally = new Tally();
  const [lines, leaves] = [openPieces(), openPieces()];
  const table = spools.table === undefined ? undefined : openPieces();
  table?.text(csvHeader);
  const waiting = [
    spoolInto(spools.leaves, leaves),
    ...(table && spools.table !== undefined ? [spoolInto(spools.table, table)] : []),
  ];

  /** Whether it was asked for. */
  function add(event: RangeEvent): boolean {
    const { index, bytes } = event;
    const leaf = leafOf(index, event);
    const text = leafText(leaf);
    root.leaf(text);
    const parts = leafFits(leaf) ? eventParts(leaf, bytes) : undefined;
    if (parts === undefined || !eventFits(parts.told)) {
      tally.other();
      leaves.text(`${text}\n`);
      return false;
    }
    tally.event(parts.told);
    if (table) addRow(table, parts);
    addLine(lines, text, bytes, parts);
    return true;
  }

  return {
    async write(events) {
      const asked: number[] = [];
      for (const [i, event] of events.entries()) if (add(event)) asked.push(i);
      await Promise.all(waiting.map((spool) => spool.drained()));
      return { lines: lines.full(), asked };
    },
    async end() {
      await Promise.all(waiting.map((spool) => spool.end()));
      return { lines: lines.rest(), asked: [], facts: tally.facts(), rows: tally.rows, root: root.root() };
    },
    close: async () => void (await Promise.all(waiting.map((spool) => spool.close()))),
  };
}
