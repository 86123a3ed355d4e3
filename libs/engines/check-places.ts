import { assertNoProblems, isDomainError, type Problem } from '#kernel';
import { kafkaPlace } from './kafka-place.js';
import { written, type EnginePlace } from './place.js';

/** What can be wrong with a place beyond its form, found without reaching the engine. */
const eventStoreDb = async (place: EnginePlace) =>
  (await import('#event-store/eventstoredb')).checkConnectionString(written(place));
const mongodb = async (place: EnginePlace) =>
  (await import('#key-store/mongodb')).checkAddress(written(place));
const checks: Readonly<Record<string, (place: EnginePlace) => Promise<unknown>>> = {
  esdb: eventStoreDb,
  'esdb+discover': eventStoreDb,
  mongodb,
  'mongodb+srv': mongodb,
  kafka: async ({ at }) => kafkaPlace(at),
  s3: async (place) => (await import('#s3')).s3Place(written(place), 'HOLDFAST_ARTIFACT_STORE'),
};

async function problemsOf(place: EnginePlace): Promise<readonly Problem[]> {
  try {
    await checks[place.engine]?.(place);
    return [];
  } catch (error) {
    if (!isDomainError(error) || error.kind !== 'invalid') throw error;
    const { code, message, problems } = error;
    return problems.length > 0 ? problems : [{ code, field: '', message }];
  }
}

/** @throws INVALID_CONFIGURATION with every problem of every place, repeating none of it */
export async function checkPlaces(places: readonly EnginePlace[]): Promise<void> {
  const problems = await Promise.all(places.map(problemsOf));
  assertNoProblems(problems.flat(), 'INVALID_CONFIGURATION');
}
