import { knobStream, type KnobDeclaration } from '#domain/knob';
import type { EnvironmentDeclaration } from '#domain/environment';
import { catalogueQuestions, type Blueprint, type CatalogueAnswers, type Lock } from '#domain/blueprint';
import type { Registry } from './registry.js';

/** Names looked through for the nearest one to a name that is unknown. */
const mostSuggestions = 1_000;

/** What the catalogue of a namespace says about what a blueprint names. */
export async function askCatalogue(
  { views }: Registry,
  namespace: string,
  blueprint: Blueprint,
  lock: Lock,
): Promise<CatalogueAnswers> {
  const questions = catalogueQuestions(blueprint, lock);
  const inside = { field: 'namespace', is: namespace } as const;
  const [asked, environments] = await Promise.all([
    views.knobs.getMany(questions.knobs.map((name) => knobStream(namespace, name))),
    views.environments.query({
      where: [inside, { field: 'digest', is: questions.environment }],
      limit: mostSuggestions,
    }),
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
    datasets: {},
    environments: environments.map(({ declaration }) => JSON.parse(declaration) as EnvironmentDeclaration),
  };
}
