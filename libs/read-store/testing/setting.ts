import { expect, it } from '@jest/globals';
import { upTo, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const hostile = [
  '',
  "'; DROP TABLE settings; --",
  'a.b',
  '$a',
  'ä',
  '__proto__',
  '\u{1f600}',
  'x'.repeat(500),
];

export function setting(open: OpenUnderTest): void {
  const check = withStore(open);

  it(
    'are set only from the value that was expected',
    check(async ({ store, reopen }) => {
      expect(await store.getSetting('k')).toBeUndefined();
      expect(await store.setSetting('k', 'x', 'y')).toBe(false);
      expect(await store.setSetting('k', undefined, 'one')).toBe(true);
      expect(await store.setSetting('k', undefined, 'two')).toBe(false);
      expect(await store.setSetting('k', 'One', 'two')).toBe(false);
      expect(await store.setSetting('k', 'one', 'two')).toBe(true);
      expect(await store.setSetting('k', 'two', 'two')).toBe(true);
      expect(await (await reopen()).getSetting('k')).toBe('two');
    }),
  );

  it(
    'lose no step of twenty who count together',
    check(async ({ store, connect }) => {
      const clients = [store, await connect()] as const;
      const step = async (client: (typeof clients)[number]) => {
        for (;;) {
          const now = await client.getSetting('count');
          if (await client.setSetting('count', now, String(Number(now ?? 0) + 1))) return;
        }
      };
      await Promise.all(upTo(20).map((i) => step(clients[i % 2]!)));
      expect(await store.getSetting('count')).toBe('20');
    }),
  );

  it(
    'have any text for a key and for a value',
    check(async ({ store }) => {
      for (const text of hostile)
        expect(await store.setSetting(text, undefined, `${text}=${text}`)).toBe(true);
      for (const text of hostile) expect(await store.getSetting(text)).toBe(`${text}=${text}`);
      expect(await store.setSetting('long', undefined, 'x'.repeat(100_000))).toBe(true);
      expect(await store.getSetting('long')).toHaveLength(100_000);
    }),
  );
}
