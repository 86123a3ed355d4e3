import { DomainError, streamId } from '#kernel';
import type { auditor as proto } from '#contracts';
import { blueprintStream } from '#domain/blueprint';
import { driftStream } from '#domain/drift';
import type { CallContext } from '#platform';
import type { Condition, Document, Scalar } from '#read-store';
import type { View } from '#runtime';
import type { Auditor } from '../auditor.js';
import { blueprintName } from '../blueprint-name.js';
import { streamsOf } from '../history/subject.js';

/** Streams of one export; more would be a list that nobody reads. */
const mostStreams = 1_000_000;
const pageSize = 1000;

type Asked = Pick<proto.ExportAuditRequest, 'namespace' | 'runs' | 'blueprints'>;

/**
 * What runs and blueprints come to. A run: its own stream, its bundle, and how it was held against baselines. A blueprint: its versions,
 * its baselines, and all of its runs. Undefined when neither was asked for: everything.
 * @throws SUBJECT_NOT_FOUND, SUBJECT_INVALID, AMBIGUOUS_ID, TOO_MANY_STREAMS
 */
export async function streamsOfExport(
  auditor: Auditor,
  { namespace, runs, blueprints }: Asked,
  context: CallContext,
): Promise<ReadonlySet<string> | undefined> {
  if (runs.length + blueprints.length === 0) return undefined;
  const { views } = auditor;
  const streams = new Set<string>();
  for (const subject of runs) {
    const found = (await streamsOf(auditor, { subject, namespace }, context)) ?? [];
    for (const stream of found) streams.add(stream);
    for (const stream of found.filter((each) => each.startsWith('run-')))
      await addRun(streams, auditor, stream.slice('run-'.length));
  }
  for (const given of blueprints) {
    const { namespace: inside, blueprint } = blueprintName(given, namespace);
    const where = [
      { field: 'namespace', is: inside },
      { field: 'blueprint', is: blueprint },
    ];
    const before = streams.size;
    const baselines = await all(views.baselines, where, 'order');
    for (const { stream } of baselines) streams.add(stream);
    for (const { id } of await all(views.runs, where, 'order'))
      addIds(
        streams,
        id,
        baselines.map((baseline) => baseline.id),
      );
    const subject = `blueprint:${inside}/${blueprint}`;
    if (streams.size === before) await streamsOf(auditor, { subject, namespace }, context);
    streams.add(blueprintStream(inside, blueprint));
  }
  if (streams.size <= mostStreams) return streams;
  const message = `these come to ${streams.size} streams; one export takes ${mostStreams}`;
  throw new DomainError('invalid', 'TOO_MANY_STREAMS', message);
}

async function addRun(streams: Set<string>, { views }: Auditor, id: string): Promise<void> {
  const run = await views.runs.get(id);
  if (run === undefined) return;
  const where = [
    { field: 'namespace', is: run.namespace },
    { field: 'blueprint', is: run.blueprint },
  ];
  addIds(
    streams,
    id,
    (await all(views.baselines, where, 'order')).map((baseline) => baseline.id),
  );
}

function addIds(streams: Set<string>, run: string, baselines: readonly string[]): void {
  streams.add(streamId('run', run)).add(streamId('bundle', run));
  for (const baseline of baselines) streams.add(driftStream(run, baseline));
}

/** Every document that fits, page by page. */
async function all<Doc extends Document>(
  view: View<Doc>,
  where: readonly Condition[],
  field: string & keyof Doc,
): Promise<Doc[]> {
  const found: Doc[] = [];
  const sort = { field, direction: 'asc' } as const;
  for (let after: { value: Scalar; id: string } | undefined; ;) {
    const page = await view.query({
      where,
      sort,
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    });
    found.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return found;
    after = { value: last[field] as Scalar, id: last.id };
  }
}
