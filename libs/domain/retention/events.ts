import type { Instant, StreamId } from '#kernel';

/** What of a run goes or stays by itself: what it wrote, what it said, what repeats it, what it read. A dataset is `data`. */
export const artifactKinds = ['outputs', 'logs', 'core', 'data'] as const;
export type ArtifactKind = (typeof artifactKinds)[number];

/** Days after a run's end, or after a version of a dataset was added; null: for ever. */
export type KeptFor = number | null;

/** Facts of a `retention-<uuid>` stream, that of one class or of one subject that was put in one. Who and why is in the metadata. */
export type RetentionEvent =
  | {
      readonly type: 'RetentionClassDeclared';
      readonly name: string;
      /** What goes when the time is over. */
      readonly artifacts: readonly ArtifactKind[];
      readonly keepForDays: KeptFor;
      /** What the rule rests on, such as a policy's number; nothing personal. */
      readonly authority: string;
      readonly at: Instant;
    }
  | ({ readonly type: 'RetentionLengthened' } & Changed)
  | ({ readonly type: 'RetentionShortened' } & Changed)
  | {
      readonly type: 'RetentionAssigned';
      /** A run, a blueprint, a dataset or a namespace. */
      readonly subject: StreamId;
      /** The subject as people name it, such as `blueprint:penguins/species`. */
      readonly label: string;
      readonly class: string;
      readonly at: Instant;
    };

type Changed = {
  readonly name: string;
  readonly keepForDays: KeptFor;
  readonly authority: string;
  readonly at: Instant;
};
