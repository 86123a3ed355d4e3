export { cloudEvent, parseCloudEvent, type CloudEvent, type CloudEventExtensions } from './cloud-events.js';
export {
  deadLetterSuffix,
  maxHeaderBytes,
  maxHeaders,
  maxValueBytes,
  type DeadLetters,
  type Delivery,
  type Message,
  type MessageBus,
  type ReplayOptions,
  type SubscribeOptions,
  type Subscription,
} from './message-bus.js';
