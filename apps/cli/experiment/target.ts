import { stat } from 'node:fs/promises';
import { DomainError, type Json } from '#kernel';
import { compareLock } from '#domain/blueprint';
import type { KnobDeclaration } from '#domain/knob';
import { isInCi } from '../ci.js';
import type { Session } from '../session.js';
import { askCatalogue } from './catalogue-questions.js';
import { declareExperiment, type DeclaredBlueprint } from './declare-experiment.js';
import type { LockedExperiment } from './lock-experiment.js';
import { lockHere } from './lock-here.js';
import { movedLines, pinnedText, readLock, writeLock } from './lock-file.js';
import { movedFiles } from './moved-files.js';
import { defaultFile, readExperiment, shown } from './read-experiment.js';

/** FILE, a folder with one, or the reference of a declared blueprint. */
export type Target = { readonly file: string } | { readonly ref: string };

/** What is there is a file; what looks like a path is meant as one; the rest names a declared blueprint. */
export async function targetOf(given: string = defaultFile): Promise<Target> {
  const exists = await stat(given).then(
    () => true,
    () => false,
  );
  const isPath = /^[./~]|\.(?:ya?ml|json)$|\/$/.test(given);
  return exists || isPath ? { file: given } : { ref: given };
}

export interface DeclareOptions {
  /** Why; kept with everything that is declared. */
  readonly reason: string;
  /** Refuses instead of writing a lock; also when CI is set. */
  readonly frozen: boolean;
  /** Looks at what the knobs may be before anything is declared; what it throws, nothing is left of. */
  readonly check?: (knobs: DeclaredBlueprint['knobs']) => void;
}

/**
 * Makes what `run` or `sweep` was given known to the server, and says how to refer to it.
 * @throws every problem of a file; LOCK_MISSING, LOCK_STALE; BLUEPRINT_NOT_FOUND
 */
export async function declareTarget(
  session: Session,
  given: string | undefined,
  options: DeclareOptions,
): Promise<DeclaredBlueprint> {
  const target = await targetOf(given);
  if ('ref' in target) {
    const declared = await declaredAlready(session, target.ref);
    options.check?.(declared.knobs);
    return declared;
  }
  const locked = await lockTarget(session, target.file, { frozen: options.frozen, write: true });
  const catalogue = askCatalogue(() => session.connection(), locked.experiment.namespace);
  try {
    return await declareExperiment(session, locked, catalogue, options);
  } finally {
    await locked.close();
  }
}

/**
 * An experiment as its lock says it is. A missing lock is written, and said so, unless `write` forbids.
 * @throws LOCK_MISSING, LOCK_STALE with what moved
 */
export async function lockTarget(
  session: Session,
  file: string,
  { frozen, write }: { readonly frozen: boolean; readonly write: boolean },
): Promise<LockedExperiment> {
  const { env, terminal } = session;
  const experiment = await readExperiment(file);
  const lockFile = shown(experiment.lockFile);
  const earlier = await readLock(experiment.lockFile);
  if (earlier.problems.length > 0)
    throw new DomainError('invalid', 'LOCK_INVALID', 'the lock cannot be read; run `holdfast lock`', {
      problems: earlier.problems,
    });
  const isFrozen = frozen || isInCi(env);
  if (!earlier.exists && isFrozen) {
    const why = frozen ? '--frozen' : 'CI is set';
    const message = `there is no ${lockFile} and none is written here (${why}); run \`holdfast lock\` and keep it with the code`;
    throw new DomainError('invalid', 'LOCK_MISSING', message);
  }
  const locked = await lockHere(session, experiment, earlier.lock);
  if (earlier.lock === undefined && !write) {
    terminal.note(`there is no ${lockFile}; it would be written`);
  } else if (earlier.lock === undefined) {
    writeLock(experiment.lockFile, locked.lock);
    terminal.note(
      `wrote ${lockFile}, every digest that this depends on; keep it in git:\n${pinnedText(locked.lock)}`,
    );
  } else if (compareLock(earlier.lock, locked.lock).length > 0) {
    await locked.close();
    const moved = movedLines(earlier.lock, locked.lock);
    const { tree } = earlier.lock.code;
    if (tree !== locked.lock.code.tree) moved.push(...(await movedFiles(session, tree, locked.code.tree)));
    const message = [`${lockFile} is not what is here:`, ...moved.map((line) => `  ${line}`)].join('\n');
    const ignore = moved.some((line) => line.startsWith('code.'))
      ? '; what is no code is named in .holdfastignore'
      : '';
    throw new DomainError(
      'invalid',
      'LOCK_STALE',
      `${message}\nrun \`holdfast lock\` to take what is here, or put back what moved${ignore}`,
    );
  }
  // The pins are what was locked; the lock as it stands is what the version is made of.
  return earlier.lock === undefined ? locked : { ...locked, lock: earlier.lock };
}

/** A blueprint that was declared before, with what its knobs may be. */
async function declaredAlready(session: Session, given: string): Promise<DeclaredBlueprint> {
  const { registry } = await session.connection();
  const request = { namespace: session.namespace, ref: given };
  const { blueprint } = await registry.getBlueprint(request, { repeatable: true });
  if (blueprint === undefined) throw new Error('a blueprint that was found has content');
  const { namespace, name, version, document } = blueprint;
  const known = await askCatalogue(() => session.connection(), namespace).knobs();
  const { knobs: set } = JSON.parse(Buffer.from(document).toString()) as {
    readonly knobs?: Record<string, Json>;
  };
  const knobs = Object.keys(set ?? {}).flatMap((knob): (readonly [string, KnobDeclaration])[] => {
    const found = known.get(knob);
    return found ? [[knob, found.declaration]] : [];
  });
  return {
    namespace,
    ref: `${name}@${version}`,
    knobs: Object.fromEntries(knobs),
    placed: (problems) => problems,
  };
}
