import type { Json, Problem } from '#kernel';
import { nearest, type Locate } from '#domain/declaration';
import { checkEnvironment, type EnvironmentDeclaration } from '#domain/environment';
import { checkKnob, type KnobDeclaration } from '#domain/knob';
import { checkDocument, type Catalogue } from './check-blueprint.js';
import { groupOf, own } from './outline.js';
import { readDocument } from './read-document.js';
import type { Blueprint } from './schema.js';

/** A file of declarations holds one: what it is follows from the key that names it. */
export type CheckedDeclaration = { readonly document?: Json; readonly problems: readonly Problem[] } & (
  | { readonly kind: 'blueprint'; readonly value?: Blueprint }
  | { readonly kind: 'knob'; readonly value?: KnobDeclaration }
  | { readonly kind: 'environment'; readonly value?: EnvironmentDeclaration }
  | { readonly kind: 'unknown' }
);

const kinds = ['blueprint', 'knob', 'environment'] as const;

/** Checks a file of any kind, for `holdfast check` and `apply`. Throws for no input. */
export function checkDeclaration(
  input: string | Uint8Array,
  options: { readonly file: string; readonly catalogue?: Catalogue },
): CheckedDeclaration {
  const { value: document, problems: read, locate } = readDocument(input, options.file);
  if (document === undefined) return { kind: 'unknown', problems: read };
  const named = kinds.find((name) => own(document, name) !== undefined);
  const kind = own(document, 'steps') === undefined ? named : 'blueprint';
  switch (kind) {
    case undefined:
      return { kind: 'unknown', document, problems: [...read, unknownKind(document, locate)] };
    case 'blueprint': {
      const { blueprint, problems } = checkDocument(document, { ...options, locate, read });
      return { kind, document, problems, ...(blueprint ? { value: blueprint } : {}) };
    }
    case 'knob':
      return { kind, document, ...withRead(read, checkKnob(document, { locate })) };
    case 'environment':
      return { kind, document, ...withRead(read, checkEnvironment(document, { locate })) };
  }
}

function withRead<T>(
  read: readonly Problem[],
  { value, problems }: { value?: T; problems: readonly Problem[] },
) {
  const all = [...read, ...problems];
  return value !== undefined && all.length === 0 ? { value, problems: all } : { problems: all };
}

function unknownKind(document: Json, locate: Locate): Problem {
  const place = locate([], 'value');
  const near = Object.keys(groupOf(document)).flatMap((key) => nearest(key, kinds) ?? [])[0];
  const fix = near ? `did you mean ${near}?` : `begin with one of the keys ${kinds.join(', ')}`;
  const message = 'does not say what it declares';
  return { code: 'DECLARATION_UNKNOWN', field: '', message, fix, ...(place ? { place } : {}) };
}
