import type { ExitStatus } from './exit-status.js';
import type { Session } from './session.js';

/** Values of a verb's own options, by camel-case name; commander has checked that required ones are there. */
export type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface VerbOption {
  /** As commander takes it: `--set <knob=value>`. */
  readonly flags: string;
  readonly description: string;
  readonly required?: boolean;
  /** May be said more than once; its values are read with `texts`. */
  readonly many?: boolean;
}

/** Of verbs that hash what they submit; `session.digests` heeds it. */
export const noCache: VerbOption = {
  flags: '--no-cache',
  description: 'read every byte again, also of files that did not change since they were last hashed',
};

/** One row of the table that the command line is made of. */
export interface Verb {
  /** `run [FILE|REF]`; a verb of a group has the group first: `knob list`. */
  readonly usage: string;
  readonly summary: string;
  readonly options?: readonly VerbOption[];
  /** What its group does when no verb of it is named: `knob` is `knob list`. */
  readonly byDefault?: true;
  /** Printed by `--help`; at least one, each of which works as it stands. */
  readonly examples: readonly string[];
  /** Loads what the verb needs only when it runs, so that `--help` starts in a blink. */
  load(): Promise<Action>;
}

export type Action = (session: Session, args: readonly string[], options: Options) => Promise<ExitStatus>;

export const text = (options: Options, name: string): string | undefined => {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
};

export const texts = (options: Options, name: string): readonly string[] => {
  const value = options[name];
  return Array.isArray(value) ? (value as readonly string[]) : [];
};

export const flag = (options: Options, name: string): boolean => options[name] === true;
