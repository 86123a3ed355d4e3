import { describe, expect, it } from '@jest/globals';
import type { DomainError } from '#kernel';
import { checkPlaces } from './check-places.js';

const place = (text: string) => ({
  engine: text.slice(0, text.indexOf(':')),
  at: text.slice(text.indexOf(':') + 1),
});

describe('places of engines', () => {
  it('are right when their adapters can read them, whether the engine is there or not', async () => {
    await checkPlaces(
      ['esdb://u:p@h:2113?tls=true', 'kafka://h:9092', 's3://lab/runs?region=x', 'sqlite:x', 'memory:'].map(
        place,
      ),
    );
  });

  it('are refused with every problem of all of them, and without what could be a secret', async () => {
    const refused = checkPlaces(
      ['esdb://u:hunter2@h:2113?hurry=1', 'kafka://h:9092?tls=hunter2&x=1', 's3://lab?endpoint=hunter2'].map(
        place,
      ),
    );
    await expect(refused).rejects.toMatchObject({ kind: 'invalid', code: 'INVALID_CONFIGURATION' });
    const error = (await refused.catch((thrown: unknown) => thrown)) as DomainError;
    expect(error.problems.map(({ code }) => code)).toEqual([
      ...['CONNECTION_STRING', 'KAFKA_PLACE_INVALID', 'KAFKA_PLACE_INVALID', 'ENDPOINT_INVALID'],
    ]);
    expect(JSON.stringify(error.problems) + error.message).not.toContain('hunter2');
  });
});
