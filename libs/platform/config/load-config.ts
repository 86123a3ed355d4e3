import { validateSync } from 'class-validator';
import { assertNoProblems, type Problem } from '#kernel';
import { nearest } from './nearest.js';
import { readerOf } from './setting.js';

const prefix = 'HOLDFAST_';

/** Variables of the same prefix that belong to the CLI, to steps and to tests. */
const otherVariables =
  /^HOLDFAST_(SERVER|(REGISTRY|SCHEDULER|PROVENANCE|AUDITOR)_ADDRESS|NAMESPACE|TOKEN|TEST_.*|RUN_KEY|STEP|SEED|PARAMS|INPUTS|OUTPUTS|METRICS|FAULT.*)$/;

const variableOf = (field: string): string =>
  prefix + field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/**
 * Reads `HOLDFAST_*` variables into a class whose fields say what they accept; `grpcPort` is `HOLDFAST_GRPC_PORT`. An empty variable
 * counts as absent: then the field keeps its default.
 * `warn` hears of variables that are not read here, a neighbour's among them, with the nearest name that is.
 * @throws INVALID_CONFIGURATION with every problem at once; values are never repeated
 */
export function loadConfig<T extends object>(
  ConfigClass: new () => T,
  env: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void = () => {},
): T {
  const config = new ConfigClass();
  const fields = Object.keys(config);
  const known = fields.map(variableOf);
  for (const name of Object.keys(env))
    if (name.startsWith(prefix) && !known.includes(name) && !otherVariables.test(name))
      warn(`${name} is not a setting of this service${suggestion(name, known)}`);
  const given = fields.filter((field) => (env[variableOf(field)] ?? '') !== '');
  for (const field of given)
    Object.assign(config, { [field]: readerOf(config, field)?.(env[variableOf(field)] as string) });
  assertNoProblems(problemsOf(config, given), 'INVALID_CONFIGURATION');
  return config;
}

/** Of the fields that were given; a default is right as it is. */
function problemsOf(config: object, given: readonly string[]): readonly Problem[] {
  const errors = validateSync(config, {
    stopAtFirstError: true,
    validationError: { target: false, value: false },
  });
  return errors
    .filter(({ property }) => given.includes(property))
    .flatMap(({ property, constraints }) =>
      Object.values(constraints ?? {}).map((message) => ({
        code: 'INVALID_SETTING',
        field: variableOf(property),
        message,
      })),
    );
}

const suggestion = (name: string, known: readonly string[]): string => {
  const near = nearest(name, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
};
