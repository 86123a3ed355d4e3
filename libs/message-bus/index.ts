export { checkMessages } from './check-message.js';
export { cloudEvent, parseCloudEvent, type CloudEvent, type CloudEventExtensions } from './cloud-events.js';
export {
  deadLetterSuffix,
  maxValueBytes,
  type Delivery,
  type Message,
  type MessageBus,
  type SubscribeOptions,
  type Subscription,
} from './message-bus.js';
