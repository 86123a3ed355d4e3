import * as z from 'zod';
import {
  assertNoProblems,
  isDomainError,
  type Digest,
  type Json,
  type JsonObject,
  type Problem,
} from '#kernel';
import { canonicalize, digestValue, parseJson } from '#evidence';
import { checkSchema, digestText, written } from '#domain/declaration';
import { architectures, dataFormats } from '#domain/manifest';
import { limits } from './document-limits.js';

const digest = digestText();
const size = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const named = { name: written('slug') };

export const lockSchema = z
  .strictObject({
    v: z.literal(1),
    holdfast: z
      .string()
      .min(1)
      .max(64)
      .meta({ description: 'Version that wrote it; no part of what is pinned.' }),
    blueprint: written('qualifiedName'),
    architecture: z.enum(architectures),
    code: z.strictObject({
      tree: digest,
      sizeBytes: size,
      commit: written('commit')
        .exactOptional()
        .meta({ description: 'Of the git checkout it was taken from.' }),
    }),
    sourceDateEpoch: z
      .number()
      .int()
      .min(0)
      .max(253_402_300_799)
      .meta({ description: 'Commit time for git code, else 315532800.' }),
    environment: z.discriminatedUnion('kind', [
      z.strictObject({ ...named, kind: z.literal('node'), digest }),
      z.strictObject({
        ...named,
        kind: z.literal('host-python'),
        digest,
        interpreter: digest,
        packages: digest,
        lock: digest,
      }),
      z.strictObject({ ...named, kind: z.literal('image'), digest, image: z.string().min(1).max(255) }),
    ]),
    data: z.record(
      written('identifier'),
      z.strictObject({
        dataset: written('datasetVersion'),
        digest,
        format: z.enum(dataFormats),
        sizeBytes: size,
      }),
    ),
    secrets: z
      .record(written('environmentVariable'), z.string().min(1).max(64))
      .exactOptional()
      .meta({ description: 'Version of each secret whose reference names none.' }),
  })
  .meta({ title: 'Lock', description: 'What a blueprint resolved to; written by `holdfast lock`.' });

/** What a blueprint resolved to: `holdfast.lock`. */
export type Lock = z.output<typeof lockSchema>;

/** 1980-01-01, the earliest time that a zip can hold. */
export const defaultSourceDateEpoch = 315_532_800;

/** The file: JSON with sorted keys, one fact a line, so that git shows what moved and merges what does not touch. */
export const serializeLock = (lock: Lock): string =>
  `${JSON.stringify(JSON.parse(canonicalize(lock)), null, 2)}\n`;

/** Reads a lock from a hostile source; every problem at once. Throws for no input. */
export function checkLock(
  input: string | Uint8Array,
  file = 'holdfast.lock',
): { readonly lock?: Lock; readonly problems: readonly Problem[] } {
  if (typeof input === 'string' && /^<{7} /m.test(input)) return { problems: [conflict(file)] };
  let json: Json;
  try {
    json = parseJson(input, { maxBytes: limits.bytes, file });
  } catch (error) {
    if (!isDomainError(error)) throw error;
    const { code, message, problems } = error;
    return {
      problems: problems.length > 0 ? problems : [{ code, field: '', message, fix: 'run `holdfast lock`' }],
    };
  }
  const { value, problems } = checkSchema(lockSchema, json, { locate: () => ({ file, line: 1, column: 1 }) });
  return value === undefined ? { problems } : { lock: value, problems };
}

/** @throws LOCK_INVALID with every problem */
export function parseLock(input: string | Uint8Array, file?: string): Lock {
  const { lock, problems } = checkLock(input, file);
  assertNoProblems(problems, 'LOCK_INVALID');
  return lock as Lock;
}

const conflict = (file: string): Problem => ({
  code: 'LOCK_CONFLICT',
  field: '',
  message: 'the lock holds an unresolved merge',
  fix: 'take either side and run `holdfast lock`',
  place: { file, line: 1, column: 1 },
});

export const pinsOf = ({ holdfast: _, ...pins }: Lock): JsonObject => pins;

/** The version of a blueprint: the content address of what was written and of what it resolved to. */
export const blueprintVersion = (document: Json, lock: Lock): Digest =>
  digestValue({ document, pins: pinsOf(lock) });
