export type { Delivery, Message, MessageBus, SubscribeOptions, Subscription } from './message-bus.js';
