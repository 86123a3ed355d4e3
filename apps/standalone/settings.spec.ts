import { describe, expect, it } from '@jest/globals';
import { readSettings } from './settings.js';

const readStores = (env: Readonly<Record<string, string>>) =>
  readSettings(env).apps.map(({ config }) => config.readStore);

describe('where the read models of services in one process are', () => {
  it('is a file for each, or a database for each of one MongoDB', () => {
    const files = readStores({ HOLDFAST_DATA_DIR: 'data' });
    expect(files).toContain('sqlite:data/views/scheduler.sqlite');
    expect(new Set(files).size).toBe(5);
    const mongodb = 'mongodb://127.0.0.1:27017/holdfast';
    expect(new Set(readStores({ HOLDFAST_READ_STORE: mongodb }))).toEqual(new Set([mongodb]));
  });

  it.each(['sqlite:one-for-all.sqlite', 'mongodb:nowhere', 'redis://somewhere'])('is not %s', (setting) => {
    const problem = {
      ...{ code: 'INVALID_SETTING', field: 'HOLDFAST_READ_STORE' },
      message: expect.stringContaining('each service has its file'),
    };
    expect(() => readSettings({ HOLDFAST_READ_STORE: setting })).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIGURATION', problems: [problem] }),
    );
  });
});
