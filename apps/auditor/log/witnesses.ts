import { DomainError, type Clock } from '#kernel';
import {
  consistencyRanges,
  encodeBase64,
  formatSignature,
  keyIdOf,
  openNote,
  parseSignature,
  parseVerifierKey,
  rangeHashes,
  type NoteSignature,
  type ReadTile,
  type VerifierKey,
} from '#evidence';

/** Somebody who cosigns checkpoints after checking that the log only grew. */
export interface Witness {
  readonly key: VerifierKey;
  /** Submission prefix, without a slash at its end. */
  readonly url: string;
}

/**
 * `<verifier key> <url>`, several with commas between, as `HOLDFAST_WITNESSES` has them.
 * @throws WITNESSES_INVALID, KEY_INVALID
 */
export function parseWitnesses(text: string): readonly Witness[] {
  return text.split(',').map((each) => {
    const [key = '', url = '', ...rest] = each.trim().split(/\s+/);
    if (rest.length > 0 || !/^https?:\/\/[^\s?#@]+$/.test(url)) throw invalid(each);
    const parsed = parseVerifierKey(key);
    if (parsed.algorithm !== 'cosignature') throw invalid(each);
    return { key: parsed, url: url.replace(/\/+$/, '') };
  });
}

const withinMs = 5_000;
/** One that failed is left alone for so long: the log does not wait for it each time. */
const restMs = 30_000;
const mostBytes = 64 * 1024;

export interface WitnessesOptions {
  readonly witnesses: readonly Witness[];
  readonly clock: Clock;
  /** Hears of each that does not cosign. */
  readonly onError: (error: unknown) => void;
  readonly fetch?: typeof fetch;
}

/**
 * Asks all witnesses at once (C2SP tlog-witness `add-checkpoint`) and resolves to the cosignature lines of those that did. The log goes on
 * without the others: whoever demands n of m finds them missing.
 */
export function openWitnesses({ witnesses, clock, onError, fetch: ask = fetch }: WitnessesOptions) {
  const cosigned = new Map<Witness, number>();
  const restsUntil = new Map<Witness, number>();

  return async (note: string, size: number, read: ReadTile): Promise<readonly string[]> => {
    const lines = await Promise.all(
      witnesses.map(async (witness) => {
        if ((restsUntil.get(witness) ?? -Infinity) > clock.monotonicMs()) return [];
        try {
          return await cosign(witness, note, size, read);
        } catch (error) {
          restsUntil.set(witness, clock.monotonicMs() + restMs);
          onError(error);
          return [];
        }
      }),
    );
    return lines.flat();
  };

  async function cosign(
    witness: Witness,
    note: string,
    size: number,
    read: ReadTile,
  ): Promise<readonly string[]> {
    let old = cosigned.get(witness) ?? 0;
    let answer = await submit(witness, note, old, size, read);
    const known = answer.status === 409 ? /^(0|[1-9]\d{0,14})\n$/.exec(answer.text)?.[1] : undefined;
    // It says what it cosigned last: asked again from there.
    if (known !== undefined && Number(known) !== old && Number(known) <= size) {
      old = Number(known);
      answer = await submit(witness, note, old, size, read);
    }
    if (answer.status !== 200) throw refused(witness, answer.status, known);
    const signatures = answer.text.split('\n').filter((line) => line !== '');
    const own = signatures.map(parseSignature).filter((one) => isOf(one, witness.key));
    const ownLines = own.map(formatSignature);
    openNote(note + ownLines.map((line) => `${line}\n`).join(''), [witness.key]);
    cosigned.set(witness, size);
    return ownLines;
  }

  async function submit({ url }: Witness, note: string, old: number, size: number, read: ReadTile) {
    const hashes = await rangeHashes(consistencyRanges(old, size), size, read);
    const late = new AbortController();
    const stop = clock.after(withinMs, () => late.abort(unanswered(url)));
    try {
      const body = `old ${old}\n${hashes.map((hash) => `${encodeBase64(hash)}\n`).join('')}\n${note}`;
      const response = await ask(`${url}/add-checkpoint`, {
        method: 'POST',
        body,
        signal: late.signal,
        redirect: 'error',
      });
      return { status: response.status, text: await textOf(response) };
    } catch (cause) {
      throw new DomainError('unavailable', 'WITNESS_AWAY', `the witness at ${url} does not answer`, {
        cause,
      });
    } finally {
      stop();
    }
  }
}

/** Lines by other keys are passed over, also those of the same name. */
const isOf = ({ name, keyId }: NoteSignature, key: VerifierKey): boolean =>
  name === key.name && keyId === keyIdOf(name, key.algorithm, key.publicKey);

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > mostBytes) throw new Error('an answer that is far too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const reasons: Readonly<Record<number, string>> = {
  403: 'it does not know the key that signed',
  404: 'it does not know this log',
  409: 'it has cosigned another tree, or a larger one',
  422: 'it does not believe that the log only grew',
};
const refused = ({ key, url }: Witness, status: number, known = ''): DomainError =>
  new DomainError(
    status === 409 || status === 422 ? 'integrity' : 'unavailable',
    'WITNESS_REFUSED',
    `the witness ${key.name} at ${url} does not cosign: ${reasons[status] ?? `status ${status}`}${known && ` (${known} entries)`}`,
  );
const unanswered = (url: string): DomainError =>
  new DomainError('timeout', 'WITNESS_AWAY', `${url} gave no answer in time`);
const invalid = (text: string): DomainError =>
  new DomainError(
    'invalid',
    'WITNESSES_INVALID',
    `HOLDFAST_WITNESSES: ${JSON.stringify(text.slice(0, 120))} is not a cosigner’s verifier key (type 04), a space and a URL`,
  );
