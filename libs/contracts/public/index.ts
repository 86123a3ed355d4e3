export { asyncApi } from './async-api.js';
export { publicFields, type PublicField } from './fields.js';
export { publisher, topicOf, type Published, type PublishedField } from './published.js';
