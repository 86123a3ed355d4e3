import type { Digest } from '#kernel';
import type { scheduler } from '#contracts';
import { goingOn } from '../going-on.js';
import { printable } from '../output/terminal.js';
import type { Session } from '../session.js';

export const stepName = (name: string, fold?: number): string =>
  fold === undefined ? name : `${name}[${fold}]`;

/** Steps as they first reported, folds of one step together and counted up. */
export function inOrder(steps: readonly scheduler.Step[]): scheduler.Step[] {
  const names = [...new Set(steps.map(({ name }) => name))];
  const rank = ({ name, fold }: scheduler.Step) => names.indexOf(name) * 10_000 + (fold ?? 0);
  return steps.toSorted((a, b) => rank(a) - rank(b));
}

/** Who wrote something, and where to. */
export type Source = Pick<scheduler.TailLogsResponse, 'step' | 'fold' | 'channel'>;

const nameOf = ({ step, fold, channel }: Source): string =>
  `${stepName(step, fold)}${channel === 'stderr' ? ' !' : ' |'}`;

/** A line with the step it came from. */
export const lineText = (source: Source, line: string): string => `${nameOf(source)}  ${line}`;

/** Cuts the bytes of several channels into whole lines that a terminal can show. */
export function linesOf(write: (source: Source, line: string) => void) {
  const open = new Map<string, { source: Source; decoder: TextDecoder; rest: string }>();
  return {
    piece(source: Source, bytes: Uint8Array) {
      const name = nameOf(source);
      const of = open.get(name) ?? { source, decoder: new TextDecoder(), rest: '' };
      open.set(name, of);
      const lines = `${of.rest}${of.decoder.decode(bytes, { stream: true })}`.split('\n');
      of.rest = lines.pop() ?? '';
      lines.forEach((line) => write(source, printable(line)));
    },
    end() {
      for (const { source, rest } of open.values()) if (rest !== '') write(source, printable(rest));
      open.clear();
    },
  };
}

/** What of the output has been shown; `all` is undefined when a part did not say where it stood, so that it could come again. */
function shownRanges() {
  const ranges = new Map<string, scheduler.LogRange[]>();
  let untold = false;
  return {
    add({ step, fold, channel, epoch, offset, data }: scheduler.TailLogsResponse) {
      untold ||= offset === undefined;
      if (offset === undefined) return;
      const name = JSON.stringify([step, fold, channel, epoch]);
      const known = ranges.get(name) ?? [];
      const last = known.at(-1);
      const to = offset + data.length;
      if (last?.to === offset) last.to = to;
      else known.push({ step, fold, channel, epoch, from: offset, to });
      ranges.set(name, known);
    },
    all: () => (untold ? undefined : [...ranges.values()].flat()),
  };
}

/**
 * Output of the steps: what is kept of those that have ended, and of the others as they write it, until the run ends. A lost connection is
 * taken up again: each byte is shown once, what was missed meanwhile when its step has ended.
 * @throws when the connection stays lost or `signal` says stop
 */
export async function tailOutput(
  session: Pick<Session, 'connection' | 'clock'>,
  { namespace, id }: Pick<scheduler.Run, 'namespace' | 'id'>,
  signal: AbortSignal,
  write: (source: Source, line: string) => void,
  wanted: (source: Source) => boolean = () => true,
  /** Hears that what follows is of another attempt, which begins anew. */
  again: (epoch: number) => void = () => undefined,
): Promise<void> {
  let epoch = 0;
  const lines = linesOf(write);
  try {
    const { scheduler } = await session.connection();
    const ranges = shownRanges();
    const open = () => {
      const shown = ranges.all();
      return shown && scheduler.tailLogs({ namespace, id, follow: true, shown }, { signal });
    };
    for await (const piece of goingOn({ clock: session.clock, signal }, open)) {
      ranges.add(piece);
      if (piece.epoch > epoch && epoch > 0) {
        lines.end();
        again(piece.epoch);
      }
      epoch = Math.max(epoch, piece.epoch);
      if (wanted(piece)) lines.piece(piece, piece.data);
    }
  } finally {
    lines.end();
  }
}

/** The end of a kept blob as text: its last lines, of its last bytes. */
export async function lastLines(
  { connection }: Pick<Session, 'connection'>,
  blob: { readonly digest: string; readonly sizeBytes: number } | undefined,
  count: number,
): Promise<readonly string[]> {
  if (blob === undefined || blob.sizeBytes === 0) return [];
  const { provenance } = await connection();
  const offset = Math.max(0, blob.sizeBytes - 8192);
  const pieces: Buffer[] = [];
  for await (const { data } of provenance.getBlob({ digest: blob.digest as Digest, offset }))
    pieces.push(data);
  const lines = Buffer.concat(pieces).toString('utf8').trimEnd().split('\n');
  return tellingLines(lines, count).map(printable);
}

/** The last lines, or those from the last error on when it stands above them: its stack is longer than what it says. */
export function tellingLines(lines: readonly string[], count: number): readonly string[] {
  const error = lines.findLastIndex((line) => /^(?:Uncaught )?[\w.]*(?:Error|Exception)\b.*:/.test(line));
  const from = Math.max(0, lines.length - count);
  return error >= 0 && error < from ? lines.slice(error, error + count) : lines.slice(from);
}
