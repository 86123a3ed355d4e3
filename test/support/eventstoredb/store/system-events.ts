import { randomBytes } from 'node:crypto';
import type { Proposed } from './store.js';

interface Writing {
  readonly stream: string;
  readonly events: readonly Proposed[];
}

const written = (stream: string, type: string, content: unknown): Writing => ({
  stream,
  events: [
    {
      id: randomBytes(16),
      type,
      isJson: true,
      data: Buffer.from(JSON.stringify(content)),
      metadata: Buffer.alloc(0),
    },
  ],
});

/** What a new database has in `$all` before anybody wrote to it: some of what the real server puts there. */
export const firstSystemEvents: readonly Writing[] = ['admin', 'ops'].flatMap((user) => [
  written(`$user-${user}`, '$UserCreated', { loginName: user, groups: [`$${user}s`], disabled: false }),
  written('$users', '$User', user),
]);

/** Written at every start. It lies in the log and in its own stream, but is never shown in `$all`. */
export const epochOf = (epochNumber: number): Writing =>
  written('$epoch-information', '$epoch-information', { epochNumber });
