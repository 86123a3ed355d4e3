import { streamId, type Decider, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import type { EditionEvent } from './events.js';

/** One stream for each: taking it again is another one. */
export const editionStream = (commandId: string): StreamId =>
  streamId('edition', nameId('edition', commandId));

export type EditionCommand = { readonly type: 'RecordEdition'; readonly edition: EditionEvent };
export type EditionState = { readonly taken?: EditionEvent };

export const edition: Decider<EditionCommand, EditionState, EditionEvent> = {
  initial: {},
  decide: (command, { taken }) => (taken === undefined ? [command.edition] : []),
  evolve: (_, event) => ({ taken: event }),
};
