import { isDomainError, type Digest } from '#kernel';
import type { EnvironmentDeclaration } from '#domain/environment';
import type { KnobDeclaration } from '#domain/knob';
import type { DataFormat } from '#domain/manifest';
import type { Connection } from '#rpc';
import type { FindDataset } from './lock-data.js';
import type { FindEnvironments } from './lock-environment.js';

export interface KnownKnob {
  readonly declaration: KnobDeclaration;
  readonly retired: boolean;
}

/** What is asked of the catalogue of one namespace; nothing is asked, and no server started, before the first question. */
export interface CatalogueQuestions {
  readonly findDataset: FindDataset;
  readonly findEnvironments: FindEnvironments;
  knobs(): Promise<ReadonlyMap<string, KnownKnob>>;
}

const pageSize = 500;

export function askCatalogue(connect: () => Promise<Connection>, namespace: string): CatalogueQuestions {
  return {
    async findDataset(ref) {
      const { registry } = await connect();
      try {
        const { version } = await registry.getDataset({ namespace, ref }, { repeatable: true });
        if (version === undefined) return undefined;
        const { name, number, digest, sizeBytes, format } = version;
        return {
          dataset: `${name}@${number}`,
          digest: digest as Digest,
          format: format as DataFormat,
          sizeBytes,
        };
      } catch (error) {
        if (isDomainError(error) && error.kind === 'not-found') return undefined;
        throw error;
      }
    },
    async findEnvironments(name) {
      const { registry } = await connect();
      const all = await everyPage(async (pageToken) => {
        const page = await registry.listEnvironments(
          { namespace, pageSize, pageToken },
          { repeatable: true },
        );
        return { items: page.environments, nextPageToken: page.nextPageToken };
      });
      return all
        .filter((known) => name === undefined || known.name === name)
        .sort((a, b) => a.number - b.number)
        .map(({ declaration }) => JSON.parse(Buffer.from(declaration).toString()) as EnvironmentDeclaration);
    },
    async knobs() {
      const { registry } = await connect();
      const all = await everyPage(async (pageToken) => {
        const page = await registry.listKnobs({ namespace, pageSize, pageToken }, { repeatable: true });
        return { items: page.knobs, nextPageToken: page.nextPageToken };
      });
      return new Map(
        all.map(({ name, declaration, retired }) => [
          name,
          { declaration: JSON.parse(Buffer.from(declaration).toString()) as KnobDeclaration, retired },
        ]),
      );
    },
  };
}

/** Every item of a list, page after page. */
export async function everyPage<T>(
  next: (pageToken: string) => Promise<{ readonly items: readonly T[]; readonly nextPageToken: string }>,
): Promise<T[]> {
  const all: T[] = [];
  let pageToken = '';
  do {
    const page = await next(pageToken);
    all.push(...page.items);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return all;
}
