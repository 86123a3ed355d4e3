export type { KafkaBusOptions } from './client.js';
export { openKafkaBus } from './kafka-bus.js';
