import type { Digest, Json, Problem } from '#kernel';
import type { EnvironmentDeclaration } from '#domain/environment';
import type { KnobDeclaration } from '#domain/knob';
import type { DataFormat, Manifest } from '#domain/manifest';
import type { Lock } from './lock.js';
import type { Blueprint } from './schema.js';

/** What the catalogue says to the questions of {@link catalogueQuestions}; what it does not know is left out. */
export type CatalogueAnswers = {
  readonly knobs: Readonly<Record<string, KnobDeclaration>>;
  /** Names that were declared once and are retired. */
  readonly retiredKnobs?: readonly string[];
  /** By `name@number`. */
  readonly datasets: Readonly<Record<string, DatasetAnswer>>;
  /** Every registered version with the digest that was asked for. */
  readonly environments: readonly EnvironmentDeclaration[];
};
export type DatasetAnswer = {
  readonly digest: Digest;
  readonly format: DataFormat;
  /** Of a CSV; when absent, columns are not checked. */
  readonly columns?: readonly string[];
};

export type Resolution = { readonly manifest?: Manifest; readonly problems: readonly Problem[] };
export type ToResolve = {
  readonly blueprint: Blueprint;
  /** The document that the blueprint was read from. */
  readonly document: Json;
  readonly lock: Lock;
  readonly answers: CatalogueAnswers;
  /** Knob values that replace the blueprint's; `seed` replaces its root seed. */
  readonly overrides?: Readonly<Record<string, Json>>;
};

/** Reports at a field of the blueprint. */
export type ReportField = (code: string, field: string, message: string, fix: string, found?: string) => void;

export const relock = 'run `holdfast lock`';
