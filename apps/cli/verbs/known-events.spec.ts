import { describe, expect, it } from '@jest/globals';
import { eventTypes } from '#contracts/stored';
import { unknownTypes } from './known-events.js';

describe('types of events that are asked for', () => {
  it('are those of this release, and what is none is said with what it may have been meant to be', () => {
    expect(unknownTypes({ type: eventTypes })).toEqual([]);
    expect(unknownTypes({})).toEqual([]);
    expect(unknownTypes({ type: ['RunFaild', 'RunFailed', 'disposed', 'Nope'] })).toEqual([
      '--type RunFaild: this release knows no such event; is it RunFailed?',
      '--type disposed: this release knows no such event; is it ArtifactsDisposed?',
      '--type Nope: this release knows no such event; events are called such as RunCompleted or KnobDeclared',
    ]);
  });
});
