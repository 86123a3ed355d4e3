/** What reading a script found, before anything is concluded from it. Lines count from 1. */
export interface ScriptFacts {
  readonly flags: readonly Flag[];
  /** Literals assigned once at the top level, each on one line. */
  readonly constants: readonly Constant[];
  readonly reads: readonly FileUse[];
  readonly writes: readonly FileUse[];
  /** Packages that do not come with the language. */
  readonly imports: readonly string[];
  readonly seeds: readonly SeedCall[];
  /** The texts that stand directly before a printed value. */
  readonly metrics: readonly string[];
  /** Whether it has something random at hand. */
  readonly random: boolean;
}

export type Literal = string | number | boolean;

export interface Flag {
  /** As the script calls its value. */
  readonly name: string;
  /** As it is written: `--lr`; without a dash it is a position. */
  readonly flag: string;
  readonly action: string;
  /** As written in the script: `int`, `float`, … */
  readonly type: string | null;
  readonly default: Literal | null;
  /** Its default is written with a fraction. */
  readonly float: boolean;
  readonly choices: readonly unknown[] | null;
  /** The default is an expression. */
  readonly computed: boolean;
  readonly help: string | null;
  readonly required: boolean;
  /** Takes several values. */
  readonly nargs: boolean;
  readonly line: number;
}

export interface Constant {
  readonly name: string;
  readonly value: Literal;
  /** As written. */
  readonly was: string;
  readonly float: boolean;
  readonly line: number;
}

export interface FileUse {
  readonly path: string;
  readonly line: number;
}

export interface SeedCall {
  readonly call: string;
  readonly line: number;
  /** Of the variable or flag that holds the seed. */
  readonly name: string | null;
  readonly value: Literal | null;
}

export interface SyntaxFault {
  readonly error: { readonly message: string; readonly line: number; readonly column: number };
}
