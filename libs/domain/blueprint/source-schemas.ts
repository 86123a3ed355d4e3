import * as z from 'zod';
import { grammars, written } from '#domain/declaration';
import { dataFormats } from '#domain/manifest';
import { checkFilter } from '#domain/row-filter';
import { folderPath, folds } from './parts.js';
import { rule, rules } from './rule.js';

export const code = z
  .union([
    z.strictObject({ path: folderPath('./src') }),
    z.strictObject({
      git: z
        .string()
        .regex(/^(?:https:\/\/|ssh:\/\/|git@)[A-Za-z0-9][^\s]{1,500}$/)
        .meta({ examples: ['https://git.example/team/penguins.git'] }),
      commit: written('commit').meta({ examples: ['0123456789abcdef0123456789abcdef01234567'] }),
      path: folderPath('src').exactOptional(),
    }),
  ])
  .meta({ description: 'Resolved to the digest of its tree.', examples: [{ path: './src' }] });

function environmentBroken(name: string) {
  if (/[:/@]/.test(name) || name === 'latest') {
    const fix = `write { image: repository@sha256:… }; ${grammars.image.fix}`;
    return { code: 'ENVIRONMENT_NOT_PINNED', message: 'a tag is not an environment: it moves', fix };
  }
  const { code, pattern, rule: message } = grammars.slug;
  return pattern.test(name) ? undefined : { code, message, fix: 'write it like node-26' };
}

export const environment = z
  .union([
    z
      .string()
      .check(rule(environmentBroken))
      .meta({ pattern: grammars.slug.pattern.source, examples: ['node-26'] }),
    z.strictObject({
      image: written('image').meta({ examples: [`docker.io/library/python@sha256:${'0'.repeat(64)}`] }),
    }),
    z.strictObject({
      host: z
        .strictObject({ python: folderPath('.venv'), lock: folderPath('requirements.txt') })
        .meta({ examples: [{ python: '.venv', lock: 'requirements.txt' }] }),
    }),
  ])
  .meta({ description: 'What steps execute in; the lock holds its digest.', examples: ['node-26'] });

const partition = {
  where: z
    .string()
    .min(1)
    .max(4000)
    .check(
      rules((text) =>
        checkFilter(text).problems.map(({ code, message, fix = '' }) => ({ code, message, fix })),
      ),
    )
    .exactOptional()
    .meta({ description: 'Rows to take.', examples: ['sex is known'] }),
  folds: folds.exactOptional(),
};
export const data = z
  .union([
    z.strictObject({
      dataset: written('datasetVersion').meta({ examples: ['palmer-penguins@1'] }),
      ...partition,
    }),
    z.strictObject({
      path: folderPath('data/penguins.csv'),
      format: z.enum(dataFormats).exactOptional(),
      ...partition,
    }),
  ])
  .meta({ examples: [{ dataset: 'palmer-penguins@1' }] });
