import { assertNoProblems, type Problem } from '#kernel';
import type { scheduler } from '#contracts';
import { grammars } from '#domain/declaration';
import type { Condition, Query } from '#read-store';
import { pageSize } from '#platform';
import type { Page, View } from '#runtime';
import { listed, nameProblems } from '#service';
import { metricField } from './metric-field.js';
import { statusesOf } from './run.mapper.js';
import type { RunDocument } from './run.projection.js';

/** One page of runs, newest first unless asked otherwise. Runs without the metric are not in a list that is sorted by it. */
export async function listRuns(
  view: View<RunDocument>,
  request: scheduler.ListRunsRequest,
): Promise<Page<RunDocument>> {
  const { namespace, blueprint, sweep, reproducibilityKey, statuses, pageToken, orderBy } = request;
  assertNoProblems(
    [...(namespace === '' ? [] : nameProblems('namespace', namespace)), ...orderProblems(orderBy)],
    'INVALID_REQUEST',
  );
  const size = pageSize(request.pageSize);
  const sort = sortOf(orderBy);
  const wanted: readonly (Condition | undefined)[] = [
    ...listed(namespace),
    blueprint === undefined ? undefined : blueprintIs(blueprint),
    sweep === undefined ? undefined : { field: 'sweep', is: sweep },
    reproducibilityKey === undefined ? undefined : { field: 'reproducibilityKey', is: reproducibilityKey },
    statuses.length === 0 ? undefined : { field: 'status', is: statusesOf(statuses) },
    sort.field === 'order' ? undefined : { field: sort.field, from: -Number.MAX_VALUE },
  ];
  const where = wanted.filter((condition) => condition !== undefined);
  return view.page({ where, sort, pageSize: size, pageToken });
}

/** `namespace/name`, a name in any namespace that is searched, or either with `@sha256:…`. */
function blueprintIs(blueprint: string): Condition {
  const [name = '', version] = blueprint.split('@');
  if (version?.startsWith('sha256:')) return { field: 'blueprintVersion', is: version };
  return name.includes('/') ? { field: 'blueprint', is: name } : { field: 'blueprintName', is: name };
}

const metricOrder = /^metrics\.(.+)$/;

function sortOf(orderBy: string): NonNullable<Query['sort']> {
  const written = orderBy === '' ? '-submitted_at' : orderBy;
  const direction = written.startsWith('-') ? 'desc' : 'asc';
  const metric = metricOrder.exec(written.replace(/^-/, ''))?.[1];
  return { field: metric === undefined ? 'order' : `metricValues.${metricField(metric)}`, direction };
}

function orderProblems(orderBy: string): readonly Problem[] {
  const plain = orderBy.replace(/^-/, '');
  const metric = metricOrder.exec(plain)?.[1];
  if (['', 'submitted_at'].includes(plain) || (metric && grammars.metricName.pattern.test(metric))) return [];
  const message = 'runs are ordered by submitted_at or metrics.NAME, with - in front for downwards';
  return [{ code: 'ORDER_INVALID', field: 'order_by', message, found: orderBy.slice(0, 120) }];
}
