import type { Json } from '#kernel';

/**
 * What can be understood of data and steps, whatever else is wrong with a document: so that one broken line does not hide
 * the problems of the others.
 */
export type Outline = {
  /** Names of data, and whether each has folds. */
  readonly data: ReadonlyMap<
    string,
    { readonly folds: number | undefined; readonly where: string | undefined }
  >;
  readonly steps: ReadonlyMap<string, OutlineStep>;
};
export type OutlineStep = {
  readonly in: ReadonlyMap<string, InputText>;
  readonly out: ReadonlyMap<string, string>;
  readonly each: boolean;
  readonly after: readonly string[];
};
export type InputText = {
  readonly text: string;
  readonly source: string;
  readonly output: string | undefined;
};

type Group = Readonly<Record<string, Json>>;

export const groupOf = (value: Json | undefined): Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Group) : {};

export const own = (value: Json | undefined, key: string): Json | undefined => {
  const group = groupOf(value);
  return Object.hasOwn(group, key) ? group[key] : undefined;
};

const texts = (value: Json | undefined): [string, string][] =>
  Object.entries(groupOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string');

export function outlineOf(document: Json): Outline {
  const data = Object.entries(groupOf(own(document, 'data'))).map(([name, value]) => {
    const [k, where] = [own(own(value, 'folds'), 'k'), own(value, 'where')];
    const folds = own(value, 'folds') === undefined ? undefined : typeof k === 'number' ? k : 0;
    return [name, { folds, where: typeof where === 'string' ? where : undefined }] as const;
  });
  const steps = Object.entries(groupOf(own(document, 'steps'))).map(([name, value]) => {
    const after = own(value, 'after');
    return [
      name,
      {
        in: new Map(texts(own(value, 'in')).map(([input, text]) => [input, inputText(text)] as const)),
        out: new Map(texts(own(value, 'out'))),
        each: own(value, 'each') === 'fold',
        after: Array.isArray(after) ? after.filter((text): text is string => typeof text === 'string') : [],
      },
    ] as const;
  });
  return { data: new Map(data), steps: new Map(steps) };
}

/** `prepare.clean` is output `clean` of `prepare`; `data.penguins` the data; `train` all outputs of `train`. */
export function inputText(text: string): InputText {
  const dot = text.indexOf('.');
  if (dot < 0) return { text, source: text, output: undefined };
  return { text, source: text.slice(0, dot), output: text.slice(dot + 1) };
}
