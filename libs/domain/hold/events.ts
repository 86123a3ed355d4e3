import type { Instant, StreamId } from '#kernel';

/** Facts of a `hold-<uuid>` stream: one legal hold. Who and why is in the metadata. */
export type HoldEvent =
  | {
      readonly type: 'HoldPlaced';
      /** What must be kept, whatever its retention says. */
      readonly subject: StreamId;
      /** The subject as people name it, such as `namespace:penguins`; absent where it was named by an id, and before there were labels. */
      readonly label?: string;
      /** By whose order, such as a case's number; nothing personal. */
      readonly authority: string;
      readonly at: Instant;
    }
  | { readonly type: 'HoldReleased'; readonly authority: string; readonly at: Instant };
