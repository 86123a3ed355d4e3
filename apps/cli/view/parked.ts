import type { common } from '#contracts';
import type { Connection } from '#rpc';
import { everyPage } from '../experiment/catalogue-questions.js';
import { projectingServices, type ProjectingService } from './projections.js';

export interface ServiceParked extends common.ParkedEvent {
  readonly service: ProjectingService;
}

const options = { repeatable: true, retryForMs: 2_000 };

/** What all services have put aside. Of one that does not answer others tell. */
export async function allParked(connection: Connection): Promise<readonly ServiceParked[]> {
  const answers = await Promise.all(
    projectingServices.map(async (service) => {
      const all = everyPage(async (pageToken) => {
        const page = await connection[service].listParked({ pageSize: 1000, pageToken }, options);
        return { items: page.parked, nextPageToken: page.nextPageToken };
      });
      const found = await all.catch((): common.ParkedEvent[] => []);
      return found.map((event): ServiceParked => ({ service, ...event }));
    }),
  );
  return answers.flat();
}

/** Has every service react once more to what it put aside. */
export async function retryAllParked(
  connection: Connection,
): Promise<{ readonly handled: number; readonly left: number }> {
  const answers = await Promise.all(
    projectingServices.map((service) => connection[service].retryParked({}, options)),
  );
  const sum = (of: 'handled' | 'left') => answers.reduce((total, answer) => total + answer[of], 0);
  return { handled: sum('handled'), left: sum('left') };
}
