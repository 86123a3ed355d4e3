import {
  isDomainError,
  assertNoProblems,
  type DomainError,
  type Digest,
  type JsonObject,
  type Problem,
} from '#kernel';
import { canonicalBytes, parseJson } from '#evidence';
import { axisKnobs, membersOf, parseSpace, valueProblems, type KnobType, type Space } from '#domain/sweep';
import { parseKnob, type KnobDeclaration } from '#domain/knob';
import { toProblem, type Connection } from '#rpc';
import { positionToken, type CommandContext } from '#runtime';
import type { Scheduler } from './scheduler.js';
import { sweepRequestProblems, type SweepRequest } from './sweep-request.js';

/** A sweep that nothing prevents: its space, and the version of the blueprint that every member runs. */
export interface AdmittedSweep {
  readonly namespace: string;
  readonly blueprint: { readonly name: string; readonly version: Digest };
  readonly space: Space;
}

/**
 * Looks at the request, its space and every member, and tells everything that is wrong together. One member is resolved: members
 * differ only in knobs, which admission looks at one by one, so the values of all the others are held against the catalogue here.
 * @throws SWEEP_INVALID, BLUEPRINT_NOT_FOUND, BLUEPRINT_REF_INVALID
 */
export async function admitSweep(
  scheduler: Scheduler,
  request: SweepRequest,
  context: CommandContext,
): Promise<AdmittedSweep> {
  const own = sweepRequestProblems(request);
  const askable = !own.some(({ field }) => field === 'blueprint' || field === 'namespace');
  const known = askable ? await askRegistry(scheduler, request, context) : undefined;
  const {
    space,
    readable,
    problems: unreadable,
  } = parseSpace({
    axes: request.axes,
    trials: request.trials,
    types: known?.found ? knobTypes(known.found) : {},
  });
  if (known?.refusal && own.length + unreadable.length === 0) throw known.refusal;
  const resolved = known?.found ? await resolveOne(known.found, request, space) : undefined;
  const others = known?.found ? spaceProblems(space ?? readable, known.found) : [];
  const all = [
    ...own,
    ...unreadable,
    ...refusalProblems(known?.refusal),
    ...(resolved?.problems ?? []),
    ...others,
  ];
  assertNoProblems(distinct(all), 'SWEEP_INVALID');
  if (resolved === undefined || space === undefined) throw new Error('a sweep without problems has a space');
  return { namespace: request.namespace || resolved.namespace, blueprint: resolved.blueprint, space };
}

/** What the registry says of the blueprint that was named, and of the knobs of its namespace. */
interface Known {
  readonly registry: Connection['registry'];
  readonly options: {
    readonly repeatable: true;
    readonly correlationId: string;
    readonly minPosition: string;
  };
  readonly setKnobs: readonly string[];
  readonly declared: Readonly<Record<string, KnobDeclaration>>;
}

const pageSize = 1000;

async function askRegistry(
  { registry: peer, runtime }: Scheduler,
  { namespace, blueprint: ref, axes }: SweepRequest,
  { correlationId }: CommandContext,
): Promise<{ readonly found?: Known; readonly refusal?: DomainError }> {
  const { registry } = await peer.connection();
  const minPosition = positionToken(await runtime.engines.eventStore.head());
  const options = { repeatable: true, correlationId, minPosition } as const;
  try {
    const { blueprint } = await registry.getBlueprint({ namespace, ref }, options);
    if (blueprint === undefined) throw new Error('the registry answers with a blueprint');
    const document = parseJson(blueprint.document) as JsonObject;
    const declared = await declarations(registry, blueprint.namespace, axisKnobs(axes), options);
    const setKnobs = Object.keys((document['knobs'] ?? {}) as JsonObject);
    return { found: { registry, options, setKnobs, declared } };
  } catch (error) {
    if (isDomainError(error) && (error.kind === 'not-found' || error.kind === 'invalid'))
      return { refusal: error };
    throw error;
  }
}

async function declarations(
  registry: Connection['registry'],
  namespace: string,
  names: readonly string[],
  options: Known['options'],
): Promise<Known['declared']> {
  const declared: Record<string, KnobDeclaration> = {};
  const wanted = new Set(names);
  for (let pageToken = ''; wanted.size > 0;) {
    const page = await registry.listKnobs({ namespace, pageSize, pageToken }, options);
    for (const { name, declaration, retired } of page.knobs)
      if (wanted.delete(name) && !retired) declared[name] = parseKnob(declaration);
    pageToken = page.nextPageToken;
    if (pageToken === '') break;
  }
  return declared;
}

/** The root seed may be swept like a knob, where no knob is called so. */
const sweepsSeed = ({ setKnobs }: Known): boolean => !setKnobs.includes('seed');

const knobTypes = (known: Known): Readonly<Record<string, KnobType>> => ({
  ...Object.fromEntries(Object.values(known.declared).map(({ knob, type }) => [knob, type])),
  ...(sweepsSeed(known) ? { seed: 'integer' as const } : {}),
});

const seed: KnobDeclaration = {
  knob: 'seed',
  type: 'integer',
  range: { min: 0 },
  default: 0,
  description: 'The root seed of a run.',
};

const spaceProblems = (space: Space, known: Known): readonly Problem[] =>
  valueProblems(space, sweepsSeed(known) ? { ...known.declared, seed } : known.declared);

/** The first member; without a space, the blueprint as it is, asked about the knobs that it does not have. */
async function resolveOne(
  { registry, options, setKnobs }: Known,
  request: SweepRequest,
  space: Space | undefined,
) {
  const unknown = axisKnobs(request.axes).filter((name) => name !== 'seed' && !setKnobs.includes(name));
  const overrides = space
    ? membersOf(space).knobs(0)
    : Object.fromEntries(unknown.map((name) => [name, null]));
  const { namespace, blueprint: ref } = request;
  const asked = { namespace, ref, overrides: Buffer.from(canonicalBytes(overrides)) };
  const { blueprint, problems } = await registry.resolve(asked, options);
  if (blueprint === undefined) throw new Error('the registry resolves to a version');
  return {
    namespace: blueprint.namespace,
    blueprint: { name: `${blueprint.namespace}/${blueprint.name}`, version: blueprint.version as Digest },
    problems: problems.map(toProblem),
  };
}

const refusalProblems = (refusal: DomainError | undefined): readonly Problem[] => {
  if (refusal === undefined) return [];
  const { code, message, problems } = refusal;
  return problems.length > 0 ? problems : [{ code, field: 'blueprint', message }];
};

/** The member that was resolved is among those whose values were looked at. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ code, field, found = '' }) => {
    const key = JSON.stringify([code, field, found]);
    return !seen.has(key) && seen.add(key);
  });
}
