import type { Json, Problem } from '#kernel';
import { canonicalBytes, followRotations, openRotations, parseJson, type VerifierKey } from '#evidence';
import type { OpenBundle } from './read-bundle.js';
import { found, type Findings } from './report.js';
import { keysName, proofFolder } from './write-bundle.js';

const mostBytes = 2 ** 20;

export interface Trusted extends Findings {
  /** The given keys, and those that have followed them. */
  readonly keys: readonly VerifierKey[];
  /** Of the log that has gone over from one key to the next. */
  readonly origin?: string;
}

/** Statements that lead from one key of the log to the next: one sound chain, whichever keys are given. */
export async function checkKeys(bundle: OpenBundle, given: readonly VerifierKey[]): Promise<Trusted> {
  if (!bundle.proofs.includes(keysName)) return { keys: given, problems: [] };
  const field = `${proofFolder}/${keysName}`;
  let keys = given;
  let origin: string | undefined;
  const problems: readonly Problem[] = await found(field, async () => {
    const bytes = await bundle.bytes(field, mostBytes);
    const rotations = openRotations(statementsIn(parseJson(bytes, { file: field }), bytes));
    keys = followRotations(given, rotations);
    origin = rotations[0]?.before.name;
    return [];
  });
  return { keys, problems, ...(origin === undefined ? {} : { origin }) };
}

function statementsIn(list: Json, bytes: Uint8Array): readonly string[] {
  const isList = Array.isArray(list) && list.length > 0 && list.every((one) => typeof one === 'string');
  if (!isList || !Buffer.from(canonicalBytes(list)).equals(bytes))
    throw new Error('is no list of statements as canonical JSON');
  return list;
}
