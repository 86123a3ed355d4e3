import * as z from 'zod';
import { pathProblem } from '#evidence';
import { written } from '#domain/declaration';
import { bytesPattern, durationPattern, parseBytes, parseDuration } from './quantities.js';
import { rule } from './rule.js';

/** A path inside the experiment's folder, `./` before it allowed. */
export const folderPath = (example: string) =>
  z
    .string()
    .check(
      rule((path) => {
        const inside = path.replace(/^(?:\.\/)+/, '');
        const wrong = path === '.' || inside === '' ? undefined : pathProblem(inside.replace(/\/$/, ''));
        return wrong === undefined ? undefined : pathBroken(wrong);
      }),
    )
    .meta({ examples: [example] });

export const pathBroken = (wrong: string) => ({
  code: 'PATH_INVALID',
  message: `the path ${wrong}`,
  fix: 'write a relative path with / between names, inside the folder, without ..',
});

export const bytes = (example: string, description: string) =>
  z
    .string()
    .check(
      rule((text) =>
        (parseBytes(text) ?? 0) > 0
          ? undefined
          : {
              code: 'QUANTITY_INVALID',
              message: 'must be an amount of bytes with its unit',
              fix: `write it like ${example}: Ki, Mi, Gi, Ti or k, M, G, T`,
            },
      ),
    )
    .meta({ pattern: bytesPattern.source, examples: [example], description });

export const duration = (example: string, description: string) =>
  z
    .string()
    .check(
      rule((text) => {
        const ms = parseDuration(text) ?? 0;
        if (ms > 0 && ms <= 30 * 86_400_000) return undefined;
        return {
          code: 'QUANTITY_INVALID',
          message: 'must be a duration with its unit, at most 30d',
          fix: `write it like ${example}: ms, s, m, h or d`,
        };
      }),
    )
    .meta({ pattern: durationPattern.source, examples: [example], description });

export const seed = (description: string, example: number) =>
  z
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .meta({ description, examples: [example] });

/** Rows of a CSV, in folds; the algorithm follows from `stratify`. */
export const folds = z
  .strictObject({
    k: z
      .number()
      .int()
      .min(2)
      .max(1000)
      .meta({ description: 'How many.', examples: [5] }),
    seed: seed('Of the shuffle; default: the root seed.', 11).exactOptional(),
    stratify: z
      .string()
      .min(1)
      .max(200)
      .exactOptional()
      .meta({ description: 'Column whose values are spread evenly.', examples: ['species'] }),
  })
  .meta({ examples: [{ k: 5, seed: 11, stratify: 'species' }] });

const word = '[A-Za-z][A-Za-z0-9_-]{0,62}';
export const inputPattern = new RegExp(`^${word}(?:\\.${word})?$`);

/** `data.NAME`, `STEP.OUTPUT`, or `STEP` for all its outputs. */
export const input = z
  .string()
  .check(
    rule((text) =>
      inputPattern.test(text) && text !== 'data'
        ? undefined
        : {
            code: 'INPUT_INVALID',
            message: 'an input is data.NAME, STEP.OUTPUT, or STEP for all its outputs',
            fix: 'write it like data.penguins or prepare.clean',
          },
    ),
  )
  .meta({ pattern: inputPattern.source, examples: ['prepare.clean'] });

export const output = z
  .string()
  .check(
    rule((path) => {
      const wrong = pathProblem(path);
      return wrong === undefined ? undefined : pathBroken(wrong);
    }),
  )
  .meta({ description: 'Path below outputs/; a file or a folder.', examples: ['model.json'] });

/** Names that the sandbox sets itself. */
const reserved =
  /^(?:HOLDFAST_.*|PATH|HOME|TMPDIR|PWD|OLDPWD|SHLVL|_|SOURCE_DATE_EPOCH|LD_PRELOAD|LD_AUDIT)$/;

export const variableName = written('environmentVariable').check(
  rule((name) =>
    reserved.test(name)
      ? {
          code: 'VARIABLE_RESERVED',
          message: 'is set by Holdfast for every step',
          fix: 'choose another name',
        }
      : undefined,
  ),
);
