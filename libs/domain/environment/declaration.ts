import * as z from 'zod';
import { assertNoProblems, type Digest, type Problem } from '#kernel';
import { digestValue, parseJson } from '#evidence';
import {
  checkSchema,
  digestText,
  placed,
  textProblem,
  written,
  type Checked,
  type CheckOptions,
} from '#domain/declaration';
import { architectures, type PinnedEnvironment } from '#domain/manifest';

const digest = (description: string) =>
  digestText().meta({ description, examples: [`sha256:${'0'.repeat(64)}`] });
const shared = {
  environment: written('slug').meta({
    description: 'Its name, which may move on to another digest.',
    examples: ['node-26'],
  }),
  architecture: z.enum(architectures).meta({ description: 'Of the binaries in it.', examples: ['x64'] }),
  sbom: digest('CycloneDX document, a blob.').exactOptional(),
};

/** An environment as it is registered; the source of the type, the check and the JSON Schema. */
export const environmentSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      ...shared,
      kind: z.literal('node'),
      digest: digest('Of the Node executable.'),
      version: z
        .string()
        .max(64)
        .exactOptional()
        .meta({ examples: ['26.10.0'] }),
    }),
    z.strictObject({
      ...shared,
      kind: z.literal('host-python'),
      digest: digest('Of interpreter, packages and lock together.'),
      interpreter: digest('Of the interpreter executable.'),
      packages: digest('Of the tree of installed packages.'),
      lock: digest('Of the lock file.'),
      version: z
        .string()
        .max(64)
        .exactOptional()
        .meta({ examples: ['3.12.4'] }),
      location: z
        .string()
        .min(1)
        .max(1024)
        .exactOptional()
        .meta({
          description: 'Where executors may find it: the folder of the venv. A hint, checked by digest.',
          examples: ['/srv/venvs/species'],
        }),
    }),
    z.strictObject({
      ...shared,
      kind: z.literal('image'),
      digest: digest('Of the image manifest.'),
      image: z
        .string()
        .regex(/^(?=.{1,255}$)[a-z0-9][a-z0-9.-]*(?::\d{1,5})?(?:\/[a-z0-9][a-z0-9._-]*)*$/)
        .meta({ description: 'Repository without tag or digest.', examples: ['docker.io/library/python'] }),
    }),
  ])
  .meta({ title: 'Environment', description: 'What steps execute in, by digest.' });

export type EnvironmentDeclaration = z.output<typeof environmentSchema>;

/** The digest of a Python environment on a host. */
export const hostPythonDigest = (parts: {
  readonly interpreter: Digest;
  readonly packages: Digest;
  readonly lock: Digest;
}): Digest => digestValue({ interpreter: parts.interpreter, packages: parts.packages, lock: parts.lock });

export function checkEnvironment(
  value: unknown,
  options: CheckOptions = {},
): Checked<EnvironmentDeclaration> {
  const checked = checkSchema(environmentSchema, value, options);
  if (checked.value === undefined) return checked;
  const problems = [...textProblems(checked.value), ...digestProblems(checked.value)];
  return problems.length > 0 ? { problems: placed(problems, options.locate) } : checked;
}

/** @throws JSON_INVALID, ENVIRONMENT_INVALID with every problem */
export function parseEnvironment(bytes: Uint8Array | string): EnvironmentDeclaration {
  const { value, problems } = checkEnvironment(
    parseJson(bytes, { maxBytes: 256 * 1024, file: 'environment' }),
  );
  assertNoProblems(problems, 'ENVIRONMENT_INVALID');
  return value as EnvironmentDeclaration;
}

/** What of a declaration reaches a step. */
export function pinnedEnvironment(declared: EnvironmentDeclaration): PinnedEnvironment {
  switch (declared.kind) {
    case 'node':
      return { kind: 'node', digest: declared.digest };
    case 'host-python': {
      const { kind, digest, interpreter, packages, lock } = declared;
      return { kind, digest, interpreter, packages, lock };
    }
    case 'image':
      return { kind: 'image', digest: declared.digest, image: declared.image };
  }
}

function digestProblems(declared: EnvironmentDeclaration): Problem[] {
  if (declared.kind !== 'host-python') return [];
  const digest = hostPythonDigest(declared);
  if (digest === declared.digest) return [];
  const message = 'is not the digest of interpreter, packages and lock';
  return [
    {
      code: 'ENVIRONMENT_DIGEST_WRONG',
      field: 'digest',
      message,
      found: declared.digest,
      fix: `write ${digest}`,
    },
  ];
}

function textProblems(declared: EnvironmentDeclaration): Problem[] {
  return (['version', 'location'] as const).flatMap((field) => {
    const text = field in declared ? (declared as Record<string, unknown>)[field] : undefined;
    const problem = typeof text === 'string' ? textProblem(text) : undefined;
    return problem ? [{ field, ...problem }] : [];
  });
}
