import { assertNoProblems, DomainError, streamKind, type Problem, type StreamId } from '#kernel';
import type { provenance as proto } from '#contracts';
import { blueprintStream } from '#domain/blueprint';
import { datasetStream } from '#domain/dataset';
import {
  artifactKinds,
  assignmentStream,
  classStream,
  forEver,
  namespaceStream,
  standingOf,
  type ArtifactKind,
} from '#domain/retention';
import { pageSize, type CallContext } from '#platform';
import { pageToken, parsePageToken, positionToken } from '#runtime';
import {
  authorityProblems,
  commandContext,
  insideProblems,
  nameProblems,
  namespaceOf,
  reasonProblems,
} from '#service';
import { findRun, idProblems } from '../find-run.js';
import { runStream } from '../run-history.js';
import type { Provenance } from '../provenance.js';
import { artifactProblems } from './dispose.js';
import { disposalsOf, toDisposals } from './disposals-of.js';
import { forEverRule, type Assignment, type DecidedClass } from './orders.js';
import { findSubject } from './find-subject.js';
import { namesOf, toHolding, toRule } from './retention.mapper.js';
import { runFacts } from './subject-facts.js';

/** A century: what is meant to be longer is for ever. */
const mostDays = 36_525;

/** @throws INVALID_REQUEST with every problem; RETENTION_ARTIFACTS_FIXED */
export async function declareRetention(
  provenance: Provenance,
  { name, keepForDays, artifacts, authority, reason }: proto.DeclareRetentionRequest,
  context: CallContext,
): Promise<proto.DeclareRetentionResponse> {
  assertNoProblems(
    [
      ...nameProblems('name', name),
      ...(name === forEver ? [reserved] : []),
      ...dayProblems(keepForDays),
      ...artifactProblems(artifacts),
      ...authorityProblems(authority),
      ...reasonProblems(reason),
    ],
    'INVALID_REQUEST',
  );
  const { retentions, orders } = provenance;
  const kinds = artifacts.length === 0 ? artifactKinds : [...new Set(artifacts as ArtifactKind[])];
  const command = {
    ...({ type: 'DeclareClass', name, artifacts: kinds, authority } as const),
    ...{ keepForDays: keepForDays ?? null, at: context.receivedAt },
  };
  const done = await retentions.execute(classStream(name), command, commandContext(context, reason));
  await orders.catchUp(context.signal);
  const rule = await toRule(provenance, orders.classes.get(name) as DecidedClass);
  return { rule, position: positionToken(done.position) };
}

/** @throws INVALID_REQUEST with every problem; RETENTION_CLASS_NOT_FOUND, RUN_NOT_FOUND, BLUEPRINT_NOT_FOUND, DATASET_NOT_FOUND */
export async function assignRetention(
  provenance: Provenance,
  { namespace, subject, class: name, reason }: proto.AssignRetentionRequest,
  context: CallContext,
): Promise<proto.AssignRetentionResponse> {
  const named = namedSubject(subject, namespace);
  assertNoProblems(
    [
      ...insideProblems(namespace),
      ...('problems' in named ? named.problems : []),
      ...nameProblems('class', name),
      ...reasonProblems(reason),
    ],
    'INVALID_REQUEST',
  );
  const { retentions, orders } = provenance;
  await orders.catchUp(context.signal);
  const of = orders.classes.get(name) ?? (name === forEver ? forEverRule : undefined);
  if (of === undefined) throw classNotFound(name);
  const { stream, label } = 'stream' in named ? named : await theRun(provenance, namespace, subject, context);
  const code = notFoundCodes[streamKind(stream)];
  if (code !== undefined) await assertThere(provenance, stream, code, label);
  const at = context.receivedAt;
  const command = { type: 'AssignClass', subject: stream, label, class: name, at } as const;
  const done = await retentions.execute(assignmentStream(stream), command, commandContext(context, reason));
  await orders.catchUp(context.signal);
  const rule = await toRule(provenance, of, orders.assigned.get(stream));
  return { rule, position: positionToken(done.position) };
}

/** Classes by name, then what is in them. @throws PAGE_TOKEN_STALE, RETENTION_CLASS_NOT_FOUND */
export async function listRetention(
  provenance: Provenance,
  { class: name, pageSize: size, pageToken: token }: proto.ListRetentionRequest,
  { signal }: CallContext,
): Promise<proto.ListRetentionResponse> {
  const { orders } = provenance;
  await orders.catchUp(signal);
  const list = `retention ${name}`;
  const after = parsePageToken(list, {}, token)?.id ?? '';
  const classes = [forEverRule, ...orders.classes.values()].filter((of) => name === '' || of.name === name);
  if (classes.length === 0) throw classNotFound(name);
  const byName = new Map(classes.map((of) => [of.name, of]));
  const rows = [
    ...classes.map((of) => ({ key: `0 ${of.name}`, of, assignment: undefined })),
    ...[...orders.assigned.values()].flatMap((assignment) => {
      const of = byName.get(assignment.class);
      return of
        ? [{ key: `1 ${assignment.class} ${assignment.label} ${assignment.subject}`, of, assignment }]
        : [];
    }),
  ];
  const rest = rows.filter(({ key }) => key > after).sort((a, b) => (a.key < b.key ? -1 : 1));
  const page = rest.slice(0, pageSize(size));
  const last = page.at(-1);
  const isMore = last !== undefined && rest.length > page.length;
  return {
    rules: await Promise.all(page.map(({ of, assignment }) => toRule(provenance, of, assignment))),
    nextPageToken: isMore ? pageToken(list, {}, { value: null, id: last.key }) : '',
  };
}

/** @throws INVALID_REQUEST, RUN_NOT_FOUND, ID_AMBIGUOUS, DATASET_NOT_FOUND */
export async function getRetention(
  provenance: Provenance,
  request: proto.GetRetentionRequest,
  context: CallContext,
): Promise<proto.GetRetentionResponse> {
  const { orders, clock } = provenance;
  const facts = await findSubject(provenance, request, context);
  await orders.catchUp(context.signal);
  const { class: of, by, until, isOver } = standingOf(facts, orders.assigned, orders.classes, clock.now());
  return {
    ...{ ...namesOf(facts), class: of.name, artifacts: [...of.artifacts], over: isOver },
    assignedBy: (by && orders.assigned.get(by)?.label) ?? '',
    ...{ endedAt: facts.since, keptUntil: until },
    heldBy: orders.holdsOn(facts).map(toHolding),
    disposals: await toDisposals(provenance, await disposalsOf(provenance, facts.id)),
  };
}

type Named = Pick<Assignment, 'label'> & { readonly stream: StreamId };

/** `blueprint:NAME`, `blueprint:NAMESPACE/NAME`, the same of a dataset, `namespace:NAME`; undecided for a run, which has to be looked for. */
function namedSubject(subject: string, namespace: string): Named | { readonly problems: readonly Problem[] } {
  const [, kind, space, name = ''] =
    /^(blueprint|dataset|namespace):(?:([^/]*)\/)?(.*)$/s.exec(subject) ?? [];
  if (kind === undefined) return { problems: idProblems('subject', subject) };
  const within = space ?? namespaceOf(namespace);
  const problems = [
    ...nameProblems('subject', name),
    ...(kind === 'namespace' ? [] : nameProblems('subject', within)),
  ];
  if (problems.length > 0) return { problems };
  if (kind === 'namespace') return { stream: namespaceStream(name), label: `namespace:${name}` };
  const stream = kind === 'dataset' ? datasetStream(within, name) : blueprintStream(within, name);
  return { stream, label: `${kind}:${within}/${name}` };
}

async function theRun(provenance: Provenance, namespace: string, id: string, context: CallContext) {
  const run = await findRun(provenance, { namespace, field: 'subject', id }, context);
  await runFacts(provenance, run);
  return { stream: runStream(run), label: run };
}

/** Of subjects with a stream of their own, which must be there. */
const notFoundCodes: Readonly<Record<string, string>> = {
  blueprint: 'BLUEPRINT_NOT_FOUND',
  dataset: 'DATASET_NOT_FOUND',
};

async function assertThere(
  { runtime }: Provenance,
  stream: StreamId,
  code: string,
  label: string,
): Promise<void> {
  for await (const [first] of runtime.engines.eventStore.readStream(stream, { limit: 1 }))
    if (first !== undefined) return;
  throw new DomainError('not-found', code, `there is no ${label}`);
}

const classNotFound = (name: string): DomainError =>
  new DomainError(
    'not-found',
    'RETENTION_CLASS_NOT_FOUND',
    `there is no retention class ${name}; \`holdfast retention list\` shows those there are`,
  );

const reserved: Problem = {
  ...{
    code: 'NAME_RESERVED',
    field: 'name',
    message: 'is always there and cannot be changed',
    found: forEver,
  },
  fix: 'take another name',
};

const dayProblems = (days: number | undefined): readonly Problem[] =>
  days === undefined || (Number.isInteger(days) && days >= 0 && days <= mostDays)
    ? []
    : [
        {
          ...{ code: 'DAYS_INVALID', field: 'keep_for_days', found: String(days) },
          message: `is a whole number from 0 to ${mostDays}`,
          fix: 'leave it out for ever',
        },
      ];
