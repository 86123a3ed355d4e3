import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDomainError, type Json } from '#kernel';
import { canonicalize } from '#evidence';
import { diceOf, mutations, type Dice } from './mutations.js';
import type { Mutation, Outcome, Specimen, Subject } from './subject.js';
import { packedAgain, withinZip } from './zip-members.js';

/** A mutation that was neither refused with a reason nor harmless. */
export class Unnoticed extends Error {}

export interface Tally {
  readonly refused: Readonly<Record<string, number>>;
  readonly harmless: Readonly<Record<string, number>>;
}

/** Longest that a verifier may take over one specimen, whatever was done to it. */
const patienceMs = 60_000;

/**
 * Mutates copies of a specimen, one by one: every trick first, then bytes of parts that the seed draws.
 * @throws Unnoticed with the seed and the mutation that repeat it
 */
export async function tamper(subject: Subject, seed: string, runs: number): Promise<Tally> {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-tamper-'));
  const [refused, harmless]: Record<string, number>[] = [{}, {}];
  try {
    const specimen = await subject.open(join(root, 'original'));
    const original = await within(specimen.verify(specimen.folder));
    if (!('told' in original))
      throw new Unnoticed(`${subject.name} is refused as it is: ${original.refused.join(', ')}`);
    for (const zip of specimen.zips ? specimen.parts : []) {
      const path = join(specimen.folder, zip);
      if (!(await packedAgain(path)).equals(readFileSync(path)))
        throw new Unnoticed(`${zip} is another zip when nothing but its packing changes`);
    }
    const names = Object.keys(specimen.tricks);
    for (let run = 0; run < Math.max(runs, names.length); run++) {
      const dice = diceOf(`${seed} ${subject.name} ${run}`);
      const copy = join(root, 'copy');
      cpSync(specimen.folder, copy, { recursive: true });
      const trick = names[run];
      const mutation = trick === undefined ? await mutate(specimen, copy, dice) : { kind: 'trick', part: '' };
      if (trick !== undefined) await specimen.tricks[trick]?.(copy);
      const where = `${subject.name}, ${trick ?? `${mutation.kind} ${mutation.part}`}: repeat with --seed ${seed} (number ${run})`;
      const outcome = await within(specimen.verify(copy)).catch((error: unknown) => {
        throw new Unnoticed(`${where}: ${isDomainError(error) ? error.code : ''} ${String(error)}`, {
          cause: error,
        });
      });
      count(
        outcome,
        original.told,
        mutation,
        where,
        subject,
        refused as Record<string, number>,
        harmless as Record<string, number>,
      );
      rmSync(copy, { recursive: true });
    }
    return { refused: refused as Record<string, number>, harmless: harmless as Record<string, number> };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function count(
  outcome: Outcome,
  told: Json,
  mutation: Mutation,
  where: string,
  subject: Subject,
  refused: Record<string, number>,
  harmless: Record<string, number>,
): void {
  if ('refused' in outcome) {
    if (outcome.refused.length === 0) throw new Unnoticed(`${where}: refused without a reason`);
    for (const code of new Set(outcome.refused)) refused[code] = (refused[code] ?? 0) + 1;
    return;
  }
  const kind = subject.harmless(mutation);
  if (kind === undefined) throw new Unnoticed(`${where}: it was taken for what it is not`);
  if (canonicalize(outcome.told) !== canonicalize(told))
    throw new Unnoticed(`${where}: it tells something else: ${canonicalize(outcome.told)}`);
  harmless[kind] = (harmless[kind] ?? 0) + 1;
}

/** One of the parts, by bytes, as a whole, or within. */
async function mutate({ parts, zips = false }: Specimen, copy: string, dice: Dice): Promise<Mutation> {
  for (;;) {
    const part = parts[dice(parts.length)] as string;
    const file = join(copy, part);
    if (zips && dice(2) === 0) {
      const { bytes, ...mutation } = await withinZip(file, dice);
      if (readFileSync(file).equals(bytes)) continue;
      writeFileSync(file, bytes);
      return mutation;
    }
    const wholes = ['remove', 'exchange'];
    const kinds = [...Object.keys(mutations), ...(parts.length > 1 ? wholes : [])];
    const kind = kinds[dice(kinds.length)] as string;
    const before = readFileSync(file);
    if (kind === 'remove') rmSync(file);
    else if (kind === 'exchange') exchange(file, join(copy, parts[dice(parts.length)] as string));
    else if (before.length > 0) writeFileSync(file, mutations[kind]?.(before, dice) ?? before);
    if (!existsSync(file) || !readFileSync(file).equals(before)) return { kind, part };
  }
}

function exchange(a: string, b: string): void {
  renameSync(a, `${a}.aside`);
  if (existsSync(b)) renameSync(b, a);
  renameSync(`${a}.aside`, b);
  if (!existsSync(a)) cpSync(b, a);
}

async function within<T>(verifying: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unnoticed(`no answer within ${patienceMs} ms`)), patienceMs);
  });
  return Promise.race([verifying, late]).finally(() => clearTimeout(timer));
}
