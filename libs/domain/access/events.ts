import type { Digest, Instant } from '#kernel';

/** What was asked of the trail, as it was asked; what is absent was not. */
export type Asked = {
  readonly subject?: string;
  readonly namespace?: string;
  /** Moments and bounds: times, or indexes in decimal. */
  readonly from?: string;
  readonly to?: string;
  readonly asOf?: string;
  readonly actor?: string;
  readonly types?: readonly string[];
  readonly runs?: readonly string[];
  readonly blueprints?: readonly string[];
  readonly study?: string;
  readonly formats?: readonly string[];
  /** `named`: people’s names and opened reasons lay beside what was signed. */
  readonly edition?: string;
};

/** Facts of an `access-<uuid>` stream: one call that read the trail, or took a copy of it. Who and why is in the metadata. */
export type AccessEvent =
  | {
      readonly type: 'TrailRead';
      readonly question: 'history' | 'why' | 'moments';
      readonly asked: Asked;
      /** Goes on reading what comes. */
      readonly follows: boolean;
      /** For so long the same question by the same actor is the same reading, and not recorded again. */
      readonly coversMs: number;
      readonly at: Instant;
    }
  | {
      readonly type: 'TrailExportStarted';
      readonly asked: Asked;
      /** Positions of the log, decimal; `end` is exclusive. */
      readonly first: string;
      readonly end: string;
      readonly logSize: string;
      readonly at: Instant;
    }
  | {
      readonly type: 'TrailExported';
      /** Of `export.json`, which names all of the file. */
      readonly manifest: Digest;
      readonly events: string;
      readonly others: string;
      readonly at: Instant;
    };
