import type { Db } from 'mongodb';
import { isDuplicate } from './errors.js';

export interface Settings {
  get(key: string): Promise<string | undefined>;
  /** Compare and set. */
  set(key: string, expected: string | undefined, value: string): Promise<boolean>;
}

export function openSettings(db: Db): Settings {
  const settings = db.collection<{ readonly _id: string; readonly value: string }>('_settings');
  return {
    get: async (key) => (await settings.findOne({ _id: key }))?.value,
    async set(key, expected, value) {
      if (expected !== undefined)
        return (
          (await settings.updateOne({ _id: key, value: expected }, { $set: { value } })).matchedCount === 1
        );
      try {
        await settings.insertOne({ _id: key, value });
        return true;
      } catch (error) {
        if (isDuplicate(error)) return false;
        throw error;
      }
    },
  };
}
