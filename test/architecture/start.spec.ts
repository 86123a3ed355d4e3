import { describe, expect, it } from '@jest/globals';
import { textOf } from './tree.js';

/** What only some settings ask for. */
const clients = [
  ...['mongodb', 'kafkajs', '@aws-sdk/client-s3', '@eventstore/db-client'],
  ...['#read-store/mongodb', '#message-bus/kafka', '#artifact-store/s3', '#event-store/eventstoredb'],
  ...['#tile-store/s3', '#s3', '#key-store/mongodb'],
];

describe('the start of an embedded server', () => {
  const bundle = textOf('dist/bundle/standalone.js');
  const inputs = textOf('dist/bundle/standalone.json');

  it.each(clients)('does not load %s', (name) => {
    expect(bundle).not.toMatch(new RegExp(`^(import|export)\\b[^;]*["']${name}(/[^"']*)?["'];`, 'm'));
    expect(inputs).not.toContain(`"node_modules/${name}/`);
  });

  it('can load each when its settings say so', () => {
    for (const adapter of clients.filter((name) => name.startsWith('#')))
      expect(bundle).toContain(`import("${adapter}")`);
  });
});
