import { describe, expect, it } from '@jest/globals';
import { openEventStoreDb } from './index.js';

const invalid = { kind: 'invalid', code: 'CONNECTION_STRING' };
const secret = 'hunter2';
const good = [
  'esdb://localhost:2113?tls=false',
  'esdb://localhost',
  'esdb://admin:changeit@127.0.0.1:2113?tls=true&connectionName=holdfast',
  'esdb+discover://cluster.lab.example:2113?tls=false&nodePreference=leader',
  'esdb://a:2113,b:2113,c:2113/?tls=false&gossipTimeout=3&maxDiscoverAttempts=2',
];
const bad = [
  ...['', 'localhost:2113', 'http://localhost:2113', 'esdb:/localhost', 'esdb://', 'esdb://?tls=false'],
  `esdb://admin:${secret}@`,
  `esdb://admin:${secret}@host:port`,
  `esdb://admin:${secret}@host:99999`,
  `esdb://admin:${secret}:x@host:2113`,
  `esdb://admin:${secret}@host:2113?tls`,
  `esdb://admin:${secret}@host:2113?tls=maybe`,
  `esdb://admin:${secret}@host:2113?tlsVerifyCert=false`,
  `esdb://admin:${secret}@host:2113?tls=false&${secret}=1`,
  `esdb://admin:${secret}@host:2113?nodePreference=follower`,
  `esdb://admin:${secret}@host:2113?throwOnAppendFailure=false`,
  `esdb://admin:${secret}@host:2113?gossipTimeout=soon`,
  `esdb://admin:${secret}@host:2113?tlsCAFile=/nowhere/${secret}.pem`,
  `esdb://admin:${secret}@ho st:2113`,
  `esdb://admin:${secret}@host:2113#x`,
];

describe('connection string', () => {
  it.each(good)('%s is taken', async (connection) => {
    await (await openEventStoreDb({ connection })).close();
  });

  it.each(bad)('number %# is refused by the name of the setting, and shown nowhere', async (connection) => {
    const { console: printed } = globalThis;
    const { warn } = printed;
    const said: unknown[] = [];
    printed.warn = (...args) => void said.push(args);
    const error = (await openEventStoreDb({ connection }).catch((reason: unknown) => reason)) as Error;
    printed.warn = warn;
    expect(error).toMatchObject(invalid);
    expect(error.message).toMatch(/^HOLDFAST_EVENT_STORE: /);
    expect(error.message).not.toContain(secret);
    expect([error.cause, said]).toEqual([undefined, []]);
  });
});
