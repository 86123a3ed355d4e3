import { existsSync, realpathSync } from 'node:fs';
import { assertNoProblems, type Problem } from '#kernel';
import { openArtifactStore, openEventStore, openPeople } from '#engines';
import { copySubjects } from '#key-store';
import {
  copyArtifacts,
  copyHistory,
  proveSame,
  type CopiedArtifacts,
  type CopiedHistory,
  type ProvenHistory,
} from '#migration';

/** Places as settings write them: `sqlite:PATH`, `esdb://…`, `file:PATH`, `s3://…`. */
export interface Migration {
  readonly from: string;
  readonly to: string;
  readonly artifactsFrom?: string;
  readonly artifactsTo?: string;
  readonly peopleFrom?: string;
  readonly peopleTo?: string;
}

export interface Progress {
  readonly phase: 'history' | 'artifacts' | 'people' | 'proof';
  /** Events, blobs or people so far. */
  readonly done: number;
}

export interface Migrated {
  readonly history: CopiedHistory;
  readonly artifacts?: CopiedArtifacts;
  /** Names and keys, those of the erased not among them. */
  readonly people?: { readonly people: number };
  readonly proof: ProvenHistory;
}

/**
 * Carries history, then artifacts, over, then reads both histories from the beginning. In this order every blob that a copied event
 * names is in what is copied after it, though the source may be at work. What was broken off goes on where it was.
 * @throws what a place or an engine says; HISTORY_DIFFERS, HISTORY_LONGER, BLOB_CORRUPT, KEY_DIFFERENT
 */
export async function migrate(
  { from, to, artifactsFrom, artifactsTo, peopleFrom, peopleTo }: Migration,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<Migrated> {
  const withBlobs = artifactsFrom !== undefined || artifactsTo !== undefined;
  const blobs = { 'artifacts-from': artifactsFrom ?? '', 'artifacts-to': artifactsTo ?? '' };
  const withPeople = peopleFrom !== undefined || peopleTo !== undefined;
  const people = { 'people-from': peopleFrom ?? '', 'people-to': peopleTo ?? '' };
  assertPlaces({ from, to, ...(withBlobs ? blobs : {}), ...(withPeople ? people : {}) });
  const ends: (() => Promise<void>)[] = [];
  const keep = async <Engine extends { close(): Promise<void> }>(opening: Promise<Engine>) => {
    const engine = await opening;
    ends.unshift(() => engine.close());
    return engine;
  };
  const during = (phase: Progress['phase']) => ({
    signal,
    onProgress: (done: number) => onProgress({ phase, done }),
  });
  try {
    const events = await keep(openEventStore(from));
    const copies = await keep(openEventStore(to));
    const history = await copyHistory(events, copies, during('history'));
    const artifacts = withBlobs
      ? await copyArtifacts(
          await keep(openArtifactStore(blobs['artifacts-from'])),
          await keep(openArtifactStore(blobs['artifacts-to'])),
          during('artifacts'),
        )
      : undefined;
    const carried = withPeople
      ? await copySubjects(
          await keep(openPeople(people['people-from'])),
          await keep(openPeople(people['people-to'])),
          { signal, onPeople: (done) => onProgress({ phase: 'people', done }) },
        )
      : undefined;
    const proof = await proveSame(events, copies, { ...during('proof'), events: history.events });
    return { history, ...(artifacts ? { artifacts } : {}), ...(carried ? { people: carried } : {}), proof };
  } finally {
    for (const end of ends) await end();
  }
}

const fixes: Readonly<Record<string, string>> = {
  artifacts: 'file:PATH or s3://BUCKET/PREFIX',
  people: 'file:PATH or mongodb://HOST:PORT/DATABASE',
};

function assertPlaces(named: Readonly<Record<string, string>>): void {
  const problems: Problem[] = Object.entries(named)
    .map(([option, text]) => [option, wrongWith(option, text, named)] as const)
    .filter(([, message]) => message !== undefined)
    .map(([option, message = '']) => ({
      ...{ code: 'PLACE_INVALID', field: `--${option}`, message },
      fix: fixes[option.split('-')[0] as string] ?? 'sqlite:PATH or esdb://HOST:PORT',
    }));
  assertNoProblems(problems, 'PLACE_INVALID');
}

/** One folder has many names. */
const placeOf = (text: string): string =>
  text.replace(/(?<=^(?:sqlite|file):).+$/s, (path) => (existsSync(path) ? realpathSync(path) : path));

/** An embedded store that is not there would be made, and be empty. */
function wrongWith(
  option: string,
  text: string,
  named: Readonly<Record<string, string>>,
): string | undefined {
  if (text === '') return 'is missing: where from and where to go together';
  if (!/^[a-z0-9+]+:./.test(text)) return 'is no place';
  const [, path] = /^(?:sqlite|file):(.+)$/.exec(text) ?? [];
  const source = option.replace(/to$/, 'from');
  if (source !== option && placeOf(text) === placeOf(named[source] ?? '')) return `is where --${source} is`;
  const isSource = option.endsWith('from');
  return isSource && path !== undefined && !existsSync(path) ? `there is no ${path}` : undefined;
}
