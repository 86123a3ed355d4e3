import { createWriteStream } from 'node:fs';
import { chmod, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DomainError } from '#kernel';
import { createDigester, parseTree } from '#evidence';
import type { scheduler } from '#contracts';
import type { Session } from '../session.js';
import { stepName } from './step-output.js';

type Run = scheduler.Run;
type Connected = Pick<Session, 'connection'>;

export interface FoundOutput {
  /** `train[0].model`. */
  readonly name: string;
  readonly output: scheduler.Output;
}

/**
 * The output that is meant by NAME, PATH, STEP.NAME or STEP[FOLD].NAME.
 * @throws OUTPUT_NOT_FOUND, OUTPUT_AMBIGUOUS naming those that there are
 */
export function findOutput({ steps }: Pick<Run, 'steps'>, wanted: string): FoundOutput {
  const all = steps.flatMap((step) => {
    const of = stepName(step.name, step.fold);
    return [...step.outputs, ...step.undeclared].map((output) => ({ of, step: step.name, output }));
  });
  const names = ({ of, step, output }: (typeof all)[number]) =>
    [output.name, output.path].flatMap((name) => [name, `${step}.${name}`, `${of}.${name}`]);
  const found = all.filter((candidate) => names(candidate).includes(wanted));
  const list = (some: typeof all) =>
    some
      .slice(0, 20)
      .map(({ of, output }) => `${of}.${output.name || output.path}`)
      .join(', ');
  const [first] = found;
  if (first === undefined) {
    const message = `the run has no output ${wanted.slice(0, 120)}; it has ${list(all) || 'none'}`;
    throw new DomainError('not-found', 'OUTPUT_NOT_FOUND', message);
  }
  if (new Set(found.map(({ output }) => output.digest)).size > 1)
    throw new DomainError('invalid', 'OUTPUT_AMBIGUOUS', `several are called ${wanted}: ${list(found)}`);
  return { name: `${first.of}.${first.output.name || first.output.path}`, output: first.output };
}

/** Bytes of a blob as they come. @throws BLOB_DIGEST_MISMATCH at the end when they are not those of the digest */
export async function* checkedBytes({ connection }: Connected, digest: string): AsyncGenerator<Buffer, void> {
  const { provenance } = await connection();
  const digester = createDigester();
  for await (const { data } of provenance.getBlob({ digest, offset: 0 })) {
    digester.update(data);
    yield data;
  }
  const found = digester.digest();
  if (found === digest) return;
  throw new DomainError(
    'integrity',
    'BLOB_DIGEST_MISMATCH',
    `the server sent other bytes than ${digest}: ${found}`,
  );
}

/** Writes an output into a new folder or file; whatever is there already is left alone and is a refusal. */
export async function writeOutput(
  session: Connected,
  { digest, kind }: Pick<scheduler.Output, 'digest' | 'kind'>,
  target: string,
): Promise<void> {
  if (kind !== 'tree') return writeBlob(session, digest, target);
  const pieces: Buffer[] = [];
  for await (const piece of checkedBytes(session, digest)) pieces.push(piece);
  const { entries } = parseTree(Buffer.concat(pieces));
  await mkdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw exists(target);
    throw error;
  });
  // Links last: nothing is ever written through one.
  for (const entry of entries.toSorted((a, b) => Number(a.mode === '120000') - Number(b.mode === '120000'))) {
    const at = join(target, ...entry.path.split('/'));
    await mkdir(dirname(at), { recursive: true });
    if (entry.mode === '120000') await symlink(entry.target ?? '', at);
    else await writeBlob(session, entry.digest, at);
    if (entry.mode === '100755') await chmod(at, 0o755);
  }
}

async function writeBlob(session: Connected, digest: string, at: string): Promise<void> {
  const { pipeline } = await import('node:stream/promises');
  try {
    await pipeline(checkedBytes(session, digest), createWriteStream(at, { flags: 'wx' }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(at);
    throw error;
  }
}

const exists = (path: string): DomainError =>
  new DomainError('invalid', 'FILE_EXISTS', `${path} is there already; name another, or move it away`);
