export { maxAppendBytes, maxEventBytes, roomPerEventBytes } from './event-store.js';
export type {
  AppendResult,
  EventStore,
  EventToAppend,
  ExpectedRevision,
  Position,
  ReadAllOptions,
  StoredEvent,
  SubscribeOptions,
  SubscriptionItem,
} from './event-store.js';
