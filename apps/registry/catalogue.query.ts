import { parseJson } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import type { CsvSchema } from '#domain/dataset';
import { knobStream, type KnobDeclaration } from '#domain/knob';
import type { EnvironmentDeclaration } from '#domain/environment';
import {
  catalogueQuestions,
  type Blueprint,
  type CatalogueAnswers,
  type DatasetAnswer,
  type Lock,
} from '#domain/blueprint';
import { datasetId } from './dataset-ref.js';
import type { DatasetDocument } from './dataset.projection.js';
import type { Registry } from './registry.js';

/** Names looked through for the nearest one to a name that is unknown. */
const mostSuggestions = 1_000;

/** What the catalogue of a namespace says about what a blueprint names. */
export async function askCatalogue(
  { views, runtime }: Registry,
  namespace: string,
  blueprint: Blueprint,
  lock: Lock,
): Promise<CatalogueAnswers> {
  const questions = catalogueQuestions(blueprint, lock);
  const inside = { field: 'namespace', is: namespace } as const;
  const [asked, environments, datasets] = await Promise.all([
    views.knobs.getMany(questions.knobs.map((name) => knobStream(namespace, name))),
    views.environments.query({
      where: [inside, { field: 'digest', is: questions.environment }],
      limit: mostSuggestions,
    }),
    views.datasets.getMany(questions.datasets.map((ref) => datasetId(namespace, ref))),
  ]);
  const unknown = asked.length < questions.knobs.length;
  const others = unknown ? await views.knobs.query({ where: [inside], limit: mostSuggestions }) : [];
  const knobs = [...others, ...asked];
  return {
    knobs: Object.fromEntries(
      knobs
        .filter(({ retired }) => !retired)
        .map(({ name, declaration }) => [name, JSON.parse(declaration) as KnobDeclaration]),
    ),
    retiredKnobs: knobs.filter(({ retired }) => retired).map(({ name }) => name),
    datasets: Object.fromEntries(
      await Promise.all(datasets.map((known) => datasetAnswer(runtime.engines.artifacts, known))),
    ),
    environments: environments.map(({ declaration }) => JSON.parse(declaration) as EnvironmentDeclaration),
  };
}

async function datasetAnswer(
  artifacts: ArtifactStore,
  { name, number, digest, format, schema }: DatasetDocument,
): Promise<readonly [string, DatasetAnswer]> {
  const ref = `${name}@${number}`;
  if (schema === null) return [ref, { digest, format }];
  const { columns } = parseJson(await artifacts.read(schema)) as unknown as CsvSchema;
  return [ref, { digest, format, columns: columns.map((column) => column.name) }];
}
