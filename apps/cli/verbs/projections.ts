import { DomainError, isDomainError, type Json } from '#kernel';
import type { common } from '#contracts';
import { exitStatus, exitStatusOf, type ExitStatus } from '../exit-status.js';
import { showList } from '../output/format.js';
import { openProgress } from '../output/progress.js';
import type { Column } from '../output/table.js';
import { shortDigest } from '../output/units.js';
import { plain } from '../view/plain.js';
import { allProjections, type Projections, type ServiceProjection } from '../view/projections.js';
import type { Session } from '../session.js';
import { flag, type Action } from '../verb.js';

export const list: Action = async (session) => {
  const { terminal, format, quiet } = session;
  const found = await allProjections(await session.connection());
  const id = ({ service, name }: ServiceProjection) => `${service}/${name}`;
  const view = { columns, json: (row: ServiceProjection) => plain(row), id, empty: 'no projections' };
  await showList(terminal, format, found.projections, view, quiet);
  return statusOf(session, found);
};

/** Throws a read model away and makes it anew from history; exit status 4 when the new one is another. */
export const rebuild: Action = async (session, [name], options) => {
  const { terminal, format, quiet } = session;
  const found = await allProjections(await session.connection());
  const chosen = choose(found.projections, name, flag(options, 'all'));
  const rebuilt: Rebuilt[] = [];
  for (const projection of chosen) rebuilt.push(await rebuildOne(session, projection));
  const different = rebuilt.filter(({ result }) => !result.identical);
  const view = {
    columns: rebuiltColumns,
    json: ({ service, name: of, result }: Rebuilt): Json => plain({ service, name: of, ...result }),
    id: ({ service, name: of }: Rebuilt) => `${service}/${of}`,
    empty: 'no projections',
  };
  await showList(terminal, format, rebuilt, view, quiet);
  if (!quiet && (format === 'table' || format === 'wide')) different.forEach((one) => tell(session, one));
  const status = name === undefined ? statusOf(session, found) : exitStatus.success;
  return different.length > 0 ? exitStatus.difference : status;
};

type Rebuilt = Pick<ServiceProjection, 'service' | 'name'> & { readonly result: common.RebuildResult };

async function rebuildOne(session: Session, { service, name }: ServiceProjection): Promise<Rebuilt> {
  const connection = await session.connection();
  const progress = openProgress(session.terminal, session.clock, `rebuilding ${service}/${name}`, 'events');
  try {
    for await (const message of connection[service].rebuildProjection({ name })) {
      const { eventsDone = 0, eventsTotal = 0, result } = message.progress ?? {};
      progress.update(eventsDone, eventsTotal);
      if (result !== undefined) return { service, name, result };
    }
  } finally {
    progress.end();
  }
  throw new DomainError(
    'unavailable',
    'REBUILD_UNFINISHED',
    `${service}/${name}: the server ended before the result`,
  );
}

function choose(
  all: readonly ServiceProjection[],
  given: string | undefined,
  every: boolean,
): readonly ServiceProjection[] {
  if (every && given === undefined) return all;
  if (given === undefined || every)
    throw new DomainError('invalid', 'PROJECTION_UNSAID', 'name one projection, or say --all');
  const matches = all.filter(({ service, name }) => given === name || given === `${service}/${name}`);
  if (matches.length === 1) return matches;
  const names = (matches.length > 1 ? matches : all).map(({ service, name }) => `${service}/${name}`);
  throw matches.length > 1
    ? new DomainError('invalid', 'PROJECTION_AMBIGUOUS', `${given} could be ${names.join(', ')}`)
    : new DomainError(
        'not-found',
        'PROJECTION_NOT_FOUND',
        `there is no ${given}; there are ${names.join(', ')}`,
      );
}

/** Says which services did not answer; their fault is the command's. */
function statusOf({ terminal }: Session, { failed }: Projections): ExitStatus {
  for (const { service, error } of failed) terminal.note(`${service}: ${(error as Error).message}`);
  const [first] = failed;
  if (first === undefined) return exitStatus.success;
  return isDomainError(first.error) ? exitStatusOf(first.error) : exitStatus.fault;
}

function tell({ terminal }: Session, { service, name, result }: Rebuilt): void {
  const { firstDifferenceId = 'one document', liveJson, rebuiltJson } = result;
  terminal.note(`${service}/${name}: ${firstDifferenceId} differs`);
  terminal.note(`  live     ${liveJson ?? 'absent'}`);
  terminal.note(`  rebuilt  ${rebuiltJson ?? 'absent'}`);
}

const columns: readonly Column<ServiceProjection>[] = [
  { title: 'service', value: ({ service }) => service },
  { title: 'name', value: ({ name }) => name },
  { title: 'version', align: 'right', value: ({ version }) => version },
  { title: 'state', value: ({ state }) => state },
  { title: 'events', align: 'right', value: ({ events }) => events },
  { title: 'documents', align: 'right', value: ({ documents }) => documents },
  { title: 'generation', align: 'right', wide: true, value: ({ generation }) => generation },
  { title: 'error', value: ({ error }) => error },
];

const rebuiltColumns: readonly Column<Rebuilt>[] = [
  { title: 'service', value: ({ service }) => service },
  { title: 'name', value: ({ name }) => name },
  { title: 'rebuilt', value: ({ result }) => (result.identical ? 'identical' : 'different') },
  { title: 'documents', align: 'right', value: ({ result }) => result.documents },
  { title: 'digest', value: ({ result }) => shortDigest(result.digest) },
];
