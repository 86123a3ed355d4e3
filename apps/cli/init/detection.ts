import type { Problem } from '#kernel';
import type { KnobDeclaration } from '#domain/knob';
import type { SourceLine } from './notes.js';

export type Language = 'python' | 'node';

/** How a knob reaches the script: as a flag, given as described. */
export type FlagStyle = 'value' | 'present' | 'absent' | 'either';

/** What a first blueprint needs to know about a script; every guess has a note. */
export interface Detection {
  readonly language: Language;
  /** File name, beside which everything is written. */
  readonly script: string;
  readonly folder: string;
  readonly knobs: readonly KnobDeclaration[];
  readonly flags: Readonly<Record<string, readonly [flag: string, style: FlagStyle]>>;
  readonly constants: Readonly<Record<string, { readonly line: number; readonly was: string }>>;
  /** Imported, and not of the language. */
  readonly packages: readonly string[];
  /** The flag or constant that takes the seed of the run. */
  readonly seed: string | null;
  readonly data: readonly {
    readonly name: string;
    readonly path: string;
    readonly format: 'csv' | 'file' | 'tree';
  }[];
  readonly outputs: readonly { readonly name: string; readonly written: string; readonly path: string }[];
  /** Exist beside the script and are written into. */
  readonly folders: readonly string[];
  readonly metrics: readonly { readonly name: string; readonly goal: 'maximize' | 'minimize' | 'none' }[];
  /** Of Python: the virtual environment and its lock file, with the text of a lock that has to be written. */
  readonly venv: { readonly path: string; readonly lock: string; readonly lockText?: string } | null;
  readonly notes: readonly SourceLine[];
}

export interface Detected {
  /** Only when there is no problem. */
  readonly detection?: Detection;
  readonly problems: readonly Problem[];
}
