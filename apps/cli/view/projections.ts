import type { common } from '#contracts';
import type { Connection } from '#rpc';

/** Services that have read models; the executor holds nothing that lasts. */
export const projectingServices = ['registry', 'scheduler', 'provenance', 'auditor'] as const;
export type ProjectingService = (typeof projectingServices)[number];

export interface ServiceProjection extends common.ProjectionStatus {
  readonly service: ProjectingService;
}

export interface Projections {
  readonly projections: readonly ServiceProjection[];
  /** What services answered instead. */
  readonly failed: readonly { readonly service: ProjectingService; readonly error: unknown }[];
}

/**
 * Read models of all services; one that does not answer does not hide the others.
 * @throws what the first one said, when none answers
 */
export async function allProjections(connection: Connection): Promise<Projections> {
  const options = { repeatable: true, retryForMs: 2_000 };
  const answers = await Promise.all(
    projectingServices.map((service) =>
      connection[service].listProjections({}, options).then(
        ({ projections }) => ({ service, projections }),
        (error: unknown) => ({ service, error }),
      ),
    ),
  );
  const failed = answers.filter((answer) => 'error' in answer);
  if (failed.length === answers.length) throw failed[0]?.error;
  const projections = answers.flatMap((answer) =>
    'error' in answer
      ? []
      : answer.projections.map((status): ServiceProjection => ({ service: answer.service, ...status })),
  );
  return { projections, failed };
}
