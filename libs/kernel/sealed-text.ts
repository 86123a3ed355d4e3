import type { Json } from './json.js';

/**
 * Personal text as events and read models hold it: under the key of whoever it is about (`#key-store/subjects`). Nonce and text in base64.
 * Where the key was destroyed it is still the same bytes, and nobody can read it.
 */
export type SealedText = {
  readonly enc: { readonly subject: string; readonly nonce: string; readonly text: string };
};

/** Whether a value of an event is a sealed text. */
export function isSealedText(value: Json | undefined): value is SealedText {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const enc = (value as Readonly<Record<string, Json>>)['enc'];
  if (typeof enc !== 'object' || enc === null || Array.isArray(enc) || Object.keys(value).length !== 1)
    return false;
  const fields = enc as Readonly<Record<string, Json>>;
  return ['subject', 'nonce', 'text'].every((field) => typeof fields[field] === 'string');
}
