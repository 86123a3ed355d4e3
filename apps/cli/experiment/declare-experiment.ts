import { assertNoProblems, atMost, isDomainError, systemChance, type Problem } from '#kernel';
import { canonicalBytes } from '#evidence';
import { blueprintVersion } from '#domain/blueprint';
import type { EnvironmentDeclaration } from '#domain/environment';
import { checkKnobValue, type KnobDeclaration } from '#domain/knob';
import type { Connection } from '#rpc';
import { openProgress } from '../output/progress.js';
import { bytes, nounOf } from '../output/units.js';
import type { Session } from '../session.js';
import type { CatalogueQuestions, KnownKnob } from './catalogue-questions.js';
import type { LocalData } from './lock-data.js';
import type { LockedExperiment } from './lock-experiment.js';
import { knobsToDeclare } from './knobs-to-declare.js';
import { placedIn, type Experiment } from './read-experiment.js';
import type { DeclareOptions } from './target.js';
import { uploadMissing, type LocalBlob } from './upload.js';

/** A blueprint that the server has, exactly as it is to be run. */
export interface DeclaredBlueprint {
  readonly namespace: string;
  /** `name@sha256:…`, within the namespace. */
  readonly ref: string;
  /** Everything that its knobs may be; for reading values and naming the nearest. */
  readonly knobs: Readonly<Record<string, KnobDeclaration>>;
  /** Problems that the server finds, at their place in the file that it was declared from. */
  placed(problems: readonly Problem[]): readonly Problem[];
}

type Registry = Connection['registry'];

/**
 * Makes a locked experiment known to the server: uploads the bytes it lacks, then declares knobs, datasets, the environment and the
 * blueprint, all under one correlation and one reason. What is known already leaves no trace.
 */
export async function declareExperiment(
  session: Session,
  locked: LockedExperiment,
  catalogue: CatalogueQuestions,
  { reason, check }: DeclareOptions,
): Promise<DeclaredBlueprint> {
  const { experiment, lock, environment, local } = locked;
  const { namespace, name, document } = experiment;
  const { registry } = await session.connection();
  const version = blueprintVersion(document, lock);
  const ref = `${name}@${version}`;
  const correlationId = systemChance.uuid();
  const once = () => ({ idempotencyKey: systemChance.uuid(), correlationId });

  const known = await catalogue.knobs();
  const knobs = knobsToDeclare(experiment, known);
  const may = knobsOf(experiment, known, knobs);
  check?.(may);
  assertNoProblems(placedIn(experiment, knobProblems(experiment, may)), 'BLUEPRINT_INVALID');
  await declareKnobs(session, knobs, (knob) =>
    registry.declareKnob({ namespace, declaration: canonicalBytes(knob) as Buffer, reason }, once()),
  );
  if (!(await isDeclared(registry, namespace, ref))) {
    await uploadAll(session, registry, locked);
    for (const [data, found] of Object.entries(local))
      await registry.addDatasetVersion(datasetOf(namespace, data, found, experiment.name, reason), once());
    if (environment) await register(registry, namespace, environment, reason, once());
    await registry.declareBlueprint(
      {
        namespace,
        document: canonicalBytes(document) as Buffer,
        lock: canonicalBytes(lock) as Buffer,
        source: Buffer.from(experiment.source),
        reason,
      },
      once(),
    );
  } else if (environment && 'location' in environment)
    // The venv may have moved since.
    await register(registry, namespace, environment, reason, once());
  return { namespace, ref, knobs: may, placed: (problems) => placedIn(experiment, problems) };
}

/** A file of thousands of constants has as many knobs. */
const knobsTogether = 8;

async function declareKnobs(
  { terminal, clock }: Session,
  knobs: readonly KnobDeclaration[],
  declare: (knob: KnobDeclaration) => Promise<unknown>,
): Promise<void> {
  const progress = openProgress(terminal, clock, 'declaring', 'knobs');
  const inTurn = atMost(knobsTogether);
  let done = 0;
  const work = async (knob: KnobDeclaration) => {
    await declare(knob);
    progress.update(++done, knobs.length);
  };
  try {
    await Promise.all(knobs.map((knob) => inTurn(() => work(knob))));
  } finally {
    progress.end();
  }
}

/** What each knob of an experiment may be, once the fresh ones are declared. */
export function knobsOf(
  { blueprint }: Pick<Experiment, 'blueprint'>,
  known: ReadonlyMap<string, KnownKnob>,
  fresh: readonly KnobDeclaration[],
): Readonly<Record<string, KnobDeclaration>> {
  const declarations = new Map<string, KnobDeclaration>();
  for (const [name, { declaration, retired }] of known) if (!retired) declarations.set(name, declaration);
  for (const declaration of fresh) declarations.set(declaration.knob, declaration);
  const used = Object.keys(blueprint.knobs ?? {});
  return Object.fromEntries([...declarations].filter(([name]) => used.includes(name)));
}

/** Values of the file that admission would refuse; told before anything is declared. */
const knobProblems = (
  { blueprint }: Pick<Experiment, 'blueprint'>,
  may: Readonly<Record<string, KnobDeclaration>>,
): Problem[] =>
  Object.entries(blueprint.knobs ?? {}).flatMap(([name, value]) => {
    const declared = Object.hasOwn(may, name) ? may[name] : undefined;
    return (declared && checkKnobValue(declared, value, `knobs.${name}`)) ?? [];
  });

async function isDeclared(registry: Registry, namespace: string, ref: string): Promise<boolean> {
  try {
    await registry.getBlueprint({ namespace, ref }, { repeatable: true });
    return true;
  } catch (error) {
    if (isDomainError(error) && error.kind === 'not-found') return false;
    throw error;
  }
}

/** Bytes of an experiment that lie on this disk. */
export function blobsOf({ code, local }: LockedExperiment): LocalBlob[] {
  const ofTree = (
    { tree, manifest, digest, places }: LockedExperiment['code'],
    name: string,
  ): LocalBlob[] => [
    { digest, sizeBytes: manifest.length, name, from: { bytes: manifest } },
    ...tree.entries.flatMap((entry): LocalBlob[] => {
      const file = places.get(entry.path);
      const { digest, sizeBytes, path } = entry;
      return file === undefined ? [] : [{ digest, sizeBytes, name: path, from: { file } }];
    }),
  ];
  const data = Object.values(local).flatMap((found): LocalBlob[] => {
    if (found.kind === 'tree') return ofTree(found.hashed, found.origin);
    const { digest, sizeBytes, at } = found.hashed;
    return [{ digest, sizeBytes, name: found.origin, from: { file: at } }];
  });
  return [...ofTree(code, 'code'), ...data];
}

async function uploadAll(session: Session, registry: Registry, locked: LockedExperiment): Promise<void> {
  const { terminal, clock, signal } = session;
  const progress = openProgress(terminal, clock, 'uploading', 'bytes');
  try {
    const sent = await uploadMissing(registry, blobsOf(locked), {
      clock,
      signal,
      onProgress: (done, total) => progress.update(done, total),
    });
    progress.end();
    if (sent.blobs > 0) terminal.note(`uploaded ${nounOf(sent.blobs, 'blob')}, ${bytes(sent.sizeBytes)}`);
  } finally {
    progress.end();
  }
}

const datasetOf = (
  namespace: string,
  data: string,
  { pin, origin }: LocalData,
  of: string,
  reason: string,
) => ({
  namespace,
  name: pin.dataset.replace(/@.*/, ''),
  digest: pin.digest,
  format: pin.format,
  reason,
  description: `${data} of ${of}`,
  parents: [],
  transformation: '',
  origin,
  license: '',
});

const register = (
  registry: Registry,
  namespace: string,
  environment: EnvironmentDeclaration,
  reason: string,
  options: { readonly idempotencyKey: string; readonly correlationId: string },
) =>
  registry.registerEnvironment(
    {
      namespace,
      name: environment.environment,
      declaration: canonicalBytes(environment) as Buffer,
      reason,
    },
    options,
  );
