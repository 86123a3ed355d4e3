import type { JsonObject } from '#kernel';
import { publicFields, type PublicField } from './fields.js';
import { isOptional, nameOf, topicOf, type Published } from './published.js';

const uuid = { type: 'string', format: 'uuid' };

/** CloudEvents 1.0 in binary mode (Kafka protocol binding §3.2): attributes are headers, data is the value. */
const headers = {
  type: 'object',
  properties: {
    ce_specversion: { const: '1.0' },
    ce_id: { ...uuid, description: 'of the event; who sees it twice drops it' },
    ce_source: { type: 'string', pattern: '^/holdfast/[a-z]+$', description: 'the service' },
    ce_type: { type: 'string', description: 'the name of the message' },
    ce_subject: { type: 'string', description: 'the stream, e.g. run-<uuid>; also the key' },
    ce_time: { type: 'string', format: 'date-time', description: 'when the command arrived' },
    ce_correlationid: uuid,
    ce_causationid: uuid,
    ce_traceparent: {
      type: 'string',
      pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-01$',
      description: 'where the event is in its trace (CloudEvents distributed tracing); W3C Trace Context',
    },
    'content-type': { const: 'application/json' },
  },
  required: [
    ...['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_subject', 'ce_time', 'ce_correlationid'],
    'content-type',
  ],
};

const ref = (path: string) => ({ $ref: `#/${path}` });

/** Schema of the data of one public type. */
function dataSchema(fields: Published[string]): JsonObject {
  const [, ...listed] = fields;
  const all = [...listed, 'streamRevision' as const];
  const property = (field: PublicField) => [field, ref(`components/schemas/${field}`)] as const;
  return {
    type: 'object',
    properties: Object.fromEntries(all.map((field) => property(nameOf(field)))),
    required: all.filter((field) => !isOptional(field)),
  };
}

/** A key of `components`: letters, digits and dashes. */
const keyOf = (type: string) => type.replaceAll('.', '-');

/**
 * The public events of all services as an AsyncAPI 3.0.0 document.
 * @param services by name, each with its table
 */
export function asyncApi(version: string, services: Readonly<Record<string, Published>>): JsonObject {
  const rows = Object.entries(services);
  const messages = rows.flatMap(([, published]) => Object.values(published));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Holdfast public events',
      version,
      description:
        'What happened, as CloudEvents 1.0 in binary mode, one topic for each service, keyed by stream. Every domain event comes at ' +
        'least once; first occurrences come in stream order. Fields and types may be added; readers ignore what they do not know.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(
      rows.map(([service, published]) => [
        service,
        {
          address: topicOf(service),
          messages: Object.fromEntries(
            Object.values(published).map(([type]) => [
              keyOf(type),
              ref(`components/messages/${keyOf(type)}`),
            ]),
          ),
        },
      ]),
    ),
    operations: Object.fromEntries(
      rows.map(([service]) => [service, { action: 'send', channel: ref(`channels/${service}`) }]),
    ),
    components: {
      messages: Object.fromEntries(
        messages.map((row) => [
          keyOf(row[0]),
          { name: row[0], headers: ref('components/schemas/cloudEvent'), payload: dataSchema(row) },
        ]),
      ),
      schemas: { cloudEvent: headers, ...publicFields },
    },
  };
}
