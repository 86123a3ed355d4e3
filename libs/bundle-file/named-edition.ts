import { isSealedText, type Json, type Problem } from '#kernel';
import { canonicalBytes, parseJson } from '#evidence';
import type { Story } from './check-story.js';
import { at, isObject, textOf } from './hostile-json.js';
import type { OpenBundle } from './read-bundle.js';
import { found, problem } from './report.js';

/** Beside the core: who people are and what they said, opened. Of a named edition only, and believed on the word of whoever made it. */
export const namedName = 'named.json';
export const mostNamedBytes = 16 * 2 ** 20;

export type NamedEdition = {
  readonly v: 1;
  /** Printed name by pseudonym; `erased` where they were. */
  readonly people: Readonly<Record<string, string>>;
  /** What the history has sealed, by the id of its event. */
  readonly reasons: Readonly<Record<string, string>>;
};

const longest = 10_000;

/** That it is about people and texts of this history, and about nothing else. What it says of them nothing can prove. */
export async function checkNamed(bundle: OpenBundle, { events }: Story): Promise<readonly Problem[]> {
  if (!bundle.named) return [];
  return found(namedName, async () => {
    const bytes = await bundle.bytes(namedName, mostNamedBytes);
    const { people, reasons } = parse(bytes);
    const known = new Set<string>();
    const sealed = new Set<string>();
    for (const { eventId, metadata } of events) {
      known.add(textOf(at(metadata, 'actor', 'id')));
      if (isSealedText(metadata['reason'])) sealed.add(eventId);
    }
    const strange = [
      ...Object.keys(people).filter((id) => !known.has(id)),
      ...Object.keys(reasons).filter((id) => !sealed.has(id)),
    ];
    return strange.slice(0, 10).map((id) => problem(namedName, 'is about nothing of this history', id));
  });
}

function parse(bytes: Uint8Array): NamedEdition {
  const given = parseJson(bytes, { file: namedName, maxBytes: mostNamedBytes });
  const sound =
    isObject(given) &&
    Object.keys(given).sort().join() === 'people,reasons,v' &&
    given['v'] === 1 &&
    areTexts(given['people']) &&
    areTexts(given['reasons']) &&
    Buffer.from(canonicalBytes(given)).equals(bytes);
  if (!sound) throw new Error('is no list of names and reasons as canonical JSON');
  return given as unknown as NamedEdition;
}

const areTexts = (value: Json | undefined): boolean =>
  isObject(value) && Object.values(value).every((text) => typeof text === 'string' && text.length <= longest);
