import { streamId, type StreamId } from '#kernel';

export const runStream = (id: string): StreamId => streamId('run', id);
