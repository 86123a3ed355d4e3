import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { DomainError, isDomainError, isSealedText, type SealedText } from '#kernel';
import { isPseudonym, keyBytes, type Subjects } from './subjects.js';

/** What is shown of a text whose key was destroyed. */
export const erased = 'erased';
/** And of one that its person's key does not open: it was damaged, or the store of keys was lost and another key made since. */
const unreadable = 'unreadable';

const nonceBytes = 12;
const tagBytes = 16;
const cipher = 'aes-256-gcm';

/**
 * AES-256-GCM under the subject's key, the tag at the text's end. The same text in the same place is the same bytes, so that a command that
 * is repeated writes the same event: the nonce is drawn from key, place and text (the construction of SIV, RFC 5297 §1.1), and differs
 * wherever one of them does.
 * @param place such as the command's id and the field
 * @throws SUBJECT_ERASED, SUBJECT_INVALID
 */
export async function sealText(
  subjects: Subjects,
  subject: string,
  place: string,
  text: string,
): Promise<SealedText> {
  const key = await subjects.keyOf(subject);
  const nonce = createHmac('sha256', derive(key, 'nonce'))
    .update(JSON.stringify([place, text]))
    .digest()
    .subarray(0, nonceBytes);
  const sealing = createCipheriv(cipher, derive(key, 'text'), nonce).setAAD(boundTo(subject));
  const sealed = Buffer.concat([sealing.update(text, 'utf8'), sealing.final(), sealing.getAuthTag()]);
  return { enc: { subject, nonce: nonce.toString('base64'), text: sealed.toString('base64') } };
}

/** The text; undefined when its key is gone, or was never here, as of an imported bundle. @throws TEXT_DAMAGED */
export async function openText(subjects: Subjects, { enc }: SealedText): Promise<string | undefined> {
  const key = isPseudonym(enc.subject) ? await subjects.findKey(enc.subject) : undefined;
  if (key === undefined) return undefined;
  const [nonce, bytes] = [Buffer.from(enc.nonce, 'base64'), Buffer.from(enc.text, 'base64')];
  try {
    if (nonce.length !== nonceBytes || bytes.length < tagBytes) throw new RangeError('too short');
    const opening = createDecipheriv(cipher, derive(key, 'text'), nonce, { authTagLength: tagBytes })
      .setAAD(boundTo(enc.subject))
      .setAuthTag(bytes.subarray(-tagBytes));
    return Buffer.concat([opening.update(bytes.subarray(0, -tagBytes)), opening.final()]).toString('utf8');
  } catch (cause) {
    const message = `a text of ${enc.subject} does not open with the key of that person`;
    throw new DomainError('integrity', 'TEXT_DAMAGED', message, { cause });
  }
}

/** A text of an event as it is shown, sealed or from before texts were: one that does not open hides nothing else that is asked for. */
export async function shownText(subjects: Subjects, value: string | SealedText): Promise<string> {
  if (typeof value === 'string') return value;
  if (!isSealedText(value)) return erased;
  try {
    return (await openText(subjects, value)) || erased;
  } catch (error) {
    if (isDomainError(error) && error.code === 'TEXT_DAMAGED') return unreadable;
    throw error;
  }
}

type Use = 'text' | 'nonce';
/** As long as somebody remembers the key itself, and no longer. */
const derived = new WeakMap<Uint8Array, Partial<Record<Use, Uint8Array>>>();

/** One key for one use. */
function derive(key: Uint8Array, use: Use): Uint8Array {
  const known = derived.get(key) ?? {};
  derived.set(key, known);
  return (known[use] ??= new Uint8Array(hkdfSync('sha256', key, '', `holdfast.text/v1 ${use}`, keyBytes)));
}

/** A text cannot be passed off as another person's. */
const boundTo = (subject: string): Buffer => Buffer.from(`holdfast.text/v1 ${subject}`);
