import { isDomainError, type Digest } from '#kernel';
import type { scheduler } from '#contracts';
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

/** Cuts pieces of several channels into whole lines, each with the step it came from. */
export function linesOf(write: (line: string) => void) {
  const rest = new Map<string, string>();
  return {
    piece(from: string, text: string) {
      const lines = `${rest.get(from) ?? ''}${text}`.split('\n');
      rest.set(from, lines.pop() ?? '');
      lines.forEach((line) => write(`${from}  ${printable(line)}`));
    },
    end() {
      for (const [from, line] of rest) if (line !== '') write(`${from}  ${printable(line)}`);
      rest.clear();
    },
  };
}

/** Output of the steps as they write it, until the run ends or `signal` says stop. A preview: what is kept is whole. */
export async function tailOutput(
  { connection }: Pick<Session, 'connection'>,
  { namespace, id }: Pick<scheduler.Run, 'namespace' | 'id'>,
  signal: AbortSignal,
  write: (line: string) => void,
  wanted: (step: string) => boolean = () => true,
): Promise<void> {
  const lines = linesOf(write);
  const decoders = new Map<string, TextDecoder>();
  try {
    const { scheduler } = await connection();
    for await (const piece of scheduler.tailLogs({ namespace, id, follow: true }, { signal })) {
      if (!wanted(piece.step)) continue;
      const from = `${stepName(piece.step, piece.fold)}${piece.channel === 'stderr' ? ' !' : ' |'}`;
      const decoder = decoders.get(from) ?? new TextDecoder();
      decoders.set(from, decoder);
      lines.piece(from, decoder.decode(piece.data, { stream: true }));
    }
  } catch (error) {
    // It is a preview; the run does not depend on it.
    if (!isDomainError(error)) throw error;
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
