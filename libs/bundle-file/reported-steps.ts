import type { JsonObject } from '#kernel';
import { stepFolder } from '#domain/bundle';
import type { Story } from './check-story.js';
import { objectsIn, textOf } from './hostile-json.js';

/** A file or folder that a step wrote, by its name in the bundle. */
export interface Written {
  readonly kind: string;
  readonly path: string;
  readonly digest: string;
}

/** A step that the history says has ended. */
export interface ReportedStep {
  readonly isCompleted: boolean;
  /** In the bundle. */
  readonly folder: string;
  readonly data: JsonObject;
  written(below: 'outputs' | 'undeclared'): readonly Written[];
}

/** In the order of the history. */
export const reportedSteps = (events: Story['events']): readonly ReportedStep[] =>
  events.flatMap(({ type, data }) => {
    if (type !== 'StepCompleted' && type !== 'StepFailed') return [];
    const folder = stepFolder(data as { epoch: number; step: string; fold: number | null });
    const written = (below: 'outputs' | 'undeclared') =>
      objectsIn(data[below]).map(({ kind, path, digest }) => ({
        ...{ kind: textOf(kind), digest: textOf(digest) },
        path: `${folder}/${below}/${textOf(path)}`,
      }));
    return [{ isCompleted: type === 'StepCompleted', folder, data, written }];
  });

/** As crate and lineage name it: a folder ends in `/`. */
export const describedAs = ({ kind, path }: Written): string => (kind === 'tree' ? `${path}/` : path);
