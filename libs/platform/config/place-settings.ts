import { matching } from './setting.js';

const host = String.raw`(?:[\w.-]+|\[[\da-fA-F:.]+\])`;
const user = String.raw`(?:[^\s:@/?#]+:[^\s:@/?#]*@)?`;
const options = String.raw`(?:\?[^\s#]*)?`;
const several = (one: string) => `${one}(?:,${one})*`;
const server = `${host}(?::\\d{1,5})?`;

const mongodb = `mongodb(?:\\+srv)?://${user}${several(server)}(?:/[^\\s?#]*)?${options}`;

const place = (forms: readonly string[], message: string) =>
  matching(new RegExp(`^(?:${forms.join('|')})$`), message);

/** A file, or EventStoreDB as its clients write it. */
export const eventStorePlace = place(
  ['sqlite:.+', `esdb(?:\\+discover)?://${user}${several(server)}/?${options}`],
  'must be sqlite:PATH or esdb://HOST:PORT?tls=…',
);

/** A file, or MongoDB as its clients write it. */
export const readStorePlace = place(
  ['sqlite:.+', mongodb],
  'must be sqlite:PATH or mongodb://HOST:PORT/DATABASE',
);

export const messageBusPlace = place(
  ['memory:', `kafka://${user}${several(`${host}:\\d{1,5}`)}/?${options}`],
  'must be memory: or kafka://HOST:PORT,…',
);

/** Credentials of S3 are never part of it. */
export const artifactStorePlace = place(
  ['file:.+', `s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[^\\s?#]*)?${options}`],
  'must be file:PATH or s3://BUCKET/PREFIX?endpoint=…&region=…',
);

/** A folder, or MongoDB: names of people and what their texts are sealed with. */
export const peoplePlace = place(['file:.+', mongodb], 'must be file:PATH or mongodb://HOST:PORT/DATABASE');
