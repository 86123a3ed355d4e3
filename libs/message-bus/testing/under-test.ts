import type { MessageBus } from '../message-bus.js';

export interface MessageBusUnderTest {
  readonly bus: MessageBus;
  /** Another client of the same engine; the same bus where the engine is this process. */
  connect(): Promise<MessageBus>;
  dispose(): Promise<void>;
}

/** Opens one for each test. Topics of earlier tests may still be there: names are never used twice. */
export type OpenUnderTest = () => Promise<MessageBusUnderTest>;
