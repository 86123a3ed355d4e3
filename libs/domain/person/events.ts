import type { Instant } from '#kernel';

/** Facts of a `person-<uuid>` stream: the uuid is the pseudonym. Names are never in it; who and why is in the metadata. */
export type PersonEvent =
  | { readonly type: 'PersonNamed'; readonly at: Instant }
  | {
      readonly type: 'PersonErased';
      /** By whose order, such as the number of a request; nothing personal. */
      readonly authority: string;
      readonly at: Instant;
    };
