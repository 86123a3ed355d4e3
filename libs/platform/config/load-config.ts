import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { assertNoProblems, type Problem } from '#kernel';
import { nearest } from './nearest.js';

const prefix = 'HOLDFAST_';

/** Variables of the same prefix that belong to the CLI, to steps and to tests. */
const otherVariables =
  /^HOLDFAST_(SERVER|NAMESPACE|TOKEN|TEST_.*|RUN_KEY|STEP|SEED|PARAMS|INPUTS|OUTPUTS|METRICS|FAULT.*)$/;

const variableOf = (field: string): string =>
  prefix + field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/**
 * Reads `HOLDFAST_*` variables into a class whose fields carry class-validator decorators; `grpcPort` is
 * `HOLDFAST_GRPC_PORT`. An empty variable counts as absent. Every field needs a default or `@IsOptional()`.
 * `warn` hears of variables that nobody knows, with the nearest name that somebody does.
 * @throws INVALID_CONFIGURATION with every problem at once; values are never repeated
 */
export function loadConfig<T extends object>(
  ConfigClass: new () => T,
  env: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void = () => {},
): T {
  const fields = Object.keys(new ConfigClass());
  const given = Object.fromEntries(
    fields.flatMap((field) => {
      const value = env[variableOf(field)];
      return value === undefined || value === '' ? [] : [[field, value]];
    }),
  );
  const known = fields.map(variableOf);
  for (const name of Object.keys(env))
    if (name.startsWith(prefix) && !known.includes(name) && !otherVariables.test(name))
      warn(`${name} is not a setting${suggestion(name, known)}`);
  const config = plainToInstance(ConfigClass, given, { exposeDefaultValues: true });
  assertNoProblems(
    validateSync(config, { validationError: { target: false, value: false } }).flatMap(toProblems),
    'INVALID_CONFIGURATION',
  );
  return config;
}

const suggestion = (name: string, known: readonly string[]): string => {
  const near = nearest(name, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
};

const toProblems = ({ property, constraints }: ValidationError): readonly Problem[] =>
  Object.values(constraints ?? {}).map((message) => ({
    code: 'INVALID_SETTING',
    field: variableOf(property),
    message,
  }));
