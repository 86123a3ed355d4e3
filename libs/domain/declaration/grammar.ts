import * as z from 'zod';
import type { Digest } from '#kernel';

/** How one kind of text is written: the code of the problem when it is not, the rule and the way out. */
export type Grammar = {
  readonly code: string;
  readonly pattern: RegExp;
  readonly rule: string;
  readonly fix: string;
};

const slug = '[a-z][a-z0-9]*(?:-[a-z0-9]+)*';
const word = '[A-Za-z][A-Za-z0-9_-]{0,62}';

export const grammars = {
  /** Of namespaces, datasets, environments, pools. */
  slug: {
    code: 'NAME_INVALID',
    pattern: new RegExp(`^(?=.{1,63}$)${slug}$`),
    rule: 'a name is lower-case letters, digits and single hyphens, at most 63',
    fix: 'write it like palmer-penguins',
  },
  qualifiedName: {
    code: 'NAME_INVALID',
    pattern: new RegExp(`^(?=[^/]{1,63}/.{1,63}$)${slug}/${slug}$`),
    rule: 'a blueprint is called namespace/name, each lower-case letters, digits and single hyphens, at most 63',
    fix: 'write it like default/species',
  },
  /** Of data, knobs, steps, inputs and outputs. */
  identifier: {
    code: 'NAME_INVALID',
    pattern: new RegExp(`^${word}$`),
    rule: 'a name begins with an ASCII letter and goes on with letters, digits, _ and -, at most 63',
    fix: 'write it like learningRate',
  },
  metricName: {
    code: 'NAME_INVALID',
    pattern: /^[A-Za-z][A-Za-z0-9_./-]{0,126}$/,
    rule: 'a metric name begins with an ASCII letter and goes on with letters, digits, _ . / and -, at most 127',
    fix: 'write it like accuracy',
  },
  environmentVariable: {
    code: 'VARIABLE_INVALID',
    pattern: /^[A-Z_][A-Z0-9_]{0,126}$/,
    rule: 'an environment variable is upper-case letters, digits and _',
    fix: 'write it like API_TOKEN',
  },
  digest: {
    code: 'DIGEST_INVALID',
    pattern: /^sha256:[0-9a-f]{64}$/,
    rule: 'a digest is sha256: and 64 lower-case hex digits',
    fix: 'copy it whole',
  },
  datasetVersion: {
    code: 'DATASET_REF_INVALID',
    pattern: new RegExp(`^(?=[^@]{1,63}@)${slug}@[1-9][0-9]{0,8}$`),
    rule: 'a dataset is named with its version number: a name alone moves',
    fix: 'write it like palmer-penguins@1; `holdfast dataset list` shows the versions',
  },
  commit: {
    code: 'COMMIT_INVALID',
    pattern: /^[0-9a-f]{40}$/,
    rule: 'a commit is its 40 lower-case hex digits: a branch or tag moves',
    fix: 'take it from `git rev-parse HEAD`',
  },
  image: {
    code: 'IMAGE_NOT_PINNED',
    pattern: /^[a-z0-9][a-z0-9._:/-]{0,254}@sha256:[0-9a-f]{64}$/,
    rule: 'an image is pinned by its digest: a tag moves',
    fix: 'get it from `docker buildx imagetools inspect IMAGE` or `skopeo inspect docker://IMAGE` and write repository@sha256:…',
  },
  secretReference: {
    code: 'SECRET_NOT_A_REFERENCE',
    pattern: /^[a-z][a-z0-9-]{0,30}:[A-Za-z0-9_][A-Za-z0-9_./-]{0,254}(?:@[A-Za-z0-9._-]{1,64})?$/,
    rule: 'a secret is named, never written: store:path, with @version when it has one',
    fix: 'put the value into a secret store and write its reference like vault:research/api@3',
  },
  label: {
    code: 'LABEL_INVALID',
    pattern: /^[A-Za-z0-9](?:[A-Za-z0-9_./-]{0,61}[A-Za-z0-9])?$/,
    rule: 'a label is letters, digits, _ . / and -, at most 63',
    fix: 'write it like a100',
  },
} as const satisfies Record<string, Grammar>;

const byPattern = new Map<string, Grammar>(
  Object.values(grammars).map((grammar) => [String(grammar.pattern), grammar]),
);

/** The grammar whose pattern a schema complained about. */
export const grammarOf = (pattern: string): Grammar | undefined => byPattern.get(pattern);

/** A text of this grammar; the pattern shows in the JSON Schema. */
export const written = (name: keyof typeof grammars) => z.string().regex(grammars[name].pattern);

/** A digest, typed as one. */
export const digestText = () => written('digest').transform((text) => text as Digest);
