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

/** Read models of all services; one that does not answer does not hide the others. */
export async function allProjections(connection: Connection): Promise<Projections> {
  const projections: ServiceProjection[] = [];
  const failed: { service: ProjectingService; error: unknown }[] = [];
  for (const service of projectingServices) {
    try {
      const answer = await connection[service].listProjections({}, { repeatable: true, retryForMs: 2_000 });
      projections.push(...answer.projections.map((status) => ({ service, ...status })));
    } catch (error) {
      failed.push({ service, error });
    }
  }
  return { projections, failed };
}
