import type { Json, Problem } from '#kernel';
import { checkSchema, declaredTexts, nearest, type Locate } from '#domain/declaration';
import { checkKnobValue, type KnobDeclaration } from '#domain/knob';
import { checkCycles } from './cycle.js';
import { limits } from './document-limits.js';
import { groupOf, outlineOf, own, type Outline } from './outline.js';
import { readDocument } from './read-document.js';
import { blueprintSchema, type Blueprint } from './schema.js';
import { checkSteps, reporter, type Report } from './step-problems.js';

/** What a registry knows, as far as it is at hand; what is absent is not checked. */
export type Catalogue = {
  readonly knobs?: Readonly<Record<string, KnobDeclaration>>;
  /** `name@number`. */
  readonly datasets?: readonly string[];
  readonly environments?: readonly string[];
};

export type CheckedBlueprint = {
  /** Only when there is no problem. */
  readonly blueprint?: Blueprint;
  /** The document as JSON: what its version is the digest of. Present whenever it could be read. */
  readonly document?: Json;
  /** In the order of the file; at most 100 and a last one that counts the rest. */
  readonly problems: readonly Problem[];
};

/** Checks a blueprint as written, YAML or JSON, and reports every problem with its place. Throws for no input. */
export function checkBlueprint(
  input: string | Uint8Array,
  options: { readonly file: string; readonly catalogue?: Catalogue },
): CheckedBlueprint {
  const { value, problems, locate } = readDocument(input, options.file);
  if (value === undefined) return { problems };
  return { document: value, ...checkDocument(value, { ...options, locate, read: problems }) };
}

/** The same for a document that is JSON already; places only if `locate` knows them, and texts are checked unless `read` tells of them. */
export function checkDocument(
  document: Json,
  options: {
    readonly catalogue?: Catalogue | undefined;
    readonly locate?: Locate;
    readonly read?: readonly Problem[];
  } = {},
): Omit<CheckedBlueprint, 'document'> {
  const { catalogue = {}, locate = () => undefined, read = declaredTexts(document) } = options;
  const secret = (path: readonly PropertyKey[]) => path[0] === 'secrets' || path[1] === 'variables';
  const checked = checkSchema(blueprintSchema, document, { locate, secret });
  const relations: Problem[] = [];
  const report = reporter(relations, locate);
  const outline = outlineOf(document);
  checkSteps(outline, report, () => relations.length > 2 * limits.problems);
  checkCycles(outline, report);
  checkGroups(document, report);
  checkCatalogue(document, outline, catalogue, relations, report, locate);
  const problems = inOrder([...read, ...checked.problems, ...relations]);
  return problems.length === 0 && checked.value ? { blueprint: checked.value, problems } : { problems };
}

function checkGroups(document: Json, report: Report) {
  const steps = own(document, 'steps');
  if (steps && Object.keys(steps).length === 0)
    report('STEPS_NONE', ['steps'], 'a blueprint has at least one step', 'add one');
  const secrets = groupOf(own(document, 'secrets'));
  for (const name of Object.keys(groupOf(own(own(document, 'determinism'), 'variables'))))
    if (Object.hasOwn(secrets, name))
      report('VARIABLE_TWICE', ['determinism', 'variables', name], 'is a secret too', 'keep one', {
        part: 'key',
      });
}

function checkCatalogue(
  document: Json,
  outline: Outline,
  catalogue: Catalogue,
  problems: Problem[],
  report: Report,
  locate: Locate,
) {
  const { knobs, datasets, environments } = catalogue;
  for (const [name, value] of Object.entries(knobs ? groupOf(own(document, 'knobs')) : {})) {
    const path = ['knobs', name];
    const declared = knobs && Object.hasOwn(knobs, name) ? knobs[name] : undefined;
    if (declared === undefined) {
      const near = nearest(name, Object.keys(knobs ?? {}));
      const fix = near ? `did you mean ${near}?` : 'declare it: `holdfast knob declare`';
      report('KNOB_UNKNOWN', path, 'is not in the catalogue', fix, { found: name, part: 'key' });
      continue;
    }
    const problem = checkKnobValue(declared, value, `knobs.${name}`);
    const place = locate(path, 'value');
    if (problem) problems.push({ ...problem, ...(place ? { place } : {}) });
  }
  for (const name of datasets ? outline.data.keys() : []) {
    const ref = own(own(own(document, 'data'), name), 'dataset');
    if (typeof ref !== 'string' || datasets?.includes(ref)) continue;
    const near = nearest(ref, datasets ?? []);
    const fix = near ? `did you mean ${near}?` : 'add it: `holdfast dataset add`';
    report('DATASET_UNKNOWN', ['data', name, 'dataset'], 'is not in the catalogue', fix, { found: ref });
  }
  const environment = own(document, 'environment');
  if (environments && typeof environment === 'string' && !environments.includes(environment)) {
    const near = nearest(environment, environments);
    const fix = near ? `did you mean ${near}?` : 'register it: `holdfast environment register`';
    report('ENVIRONMENT_UNKNOWN', ['environment'], 'is not in the catalogue', fix, { found: environment });
  }
}

/** In the order of the file, one problem per field and code; the rest counted. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const numbers = new Set(
    problems.filter(({ code }) => code.startsWith('NUMBER_')).map(({ field }) => field),
  );
  const seen = new Set<string>();
  const distinct = problems.filter(({ code, field, message }) => {
    const key = JSON.stringify([code, field, message]);
    const known = seen.has(key) || (numbers.has(field) && !code.startsWith('NUMBER_'));
    seen.add(key);
    return !known;
  });
  const at = ({ place }: Problem) => (place ? place.line * 2 ** 21 + place.column : 0);
  const sorted = distinct.toSorted((a, b) => at(a) - at(b));
  if (sorted.length <= limits.problems) return sorted;
  const rest = sorted.length - limits.problems;
  const more = {
    code: 'PROBLEMS_OMITTED',
    field: '',
    message: `${rest} more problems`,
    fix: 'mend these first',
  };
  return [...sorted.slice(0, limits.problems), more];
}
