import { describe, expect, it } from '@jest/globals';
import * as codecs from '#contracts/stored';
import { streamOwners } from '../support/stream-owners.js';
import { filesUnder, textOf } from './tree.js';

type Service = keyof typeof streamOwners;
const services = Object.keys(streamOwners) as readonly Service[];
const isSource = (file: string): boolean =>
  /(?<!\.spec)\.ts$/.test(file) && !/\/(testing|generated)\//.test(file);
const sourcesOf = (folder: string) =>
  filesUnder(folder)
    .filter(isSource)
    .map((file) => ({ file, text: textOf(file) }));

/** Kinds of streams that an app can write: it has a command handler with their codec, and there is no other way. */
const writtenBy = (app: string): readonly string[] =>
  sourcesOf(`apps/${app}`)
    .flatMap(({ text }) => [...text.matchAll(/\.commands\(\s*\w+,\s*(\w+)Codec,?\s*\)/g)])
    .map(([, kind = '']) => kind)
    .sort();
/** Kinds that its relay reads, by a table of codecs in place or by its name. */
const toldBy = (app: string): readonly string[] =>
  sourcesOf(`apps/${app}`)
    .flatMap(({ text }) =>
      [...text.matchAll(/\.relay\(\s*(\{[^}]*\}|\w+),/g)].map(([, given = '']) =>
        given.startsWith('{')
          ? given
          : (new RegExp(`const ${given}: EventDecoders = (\\{[^}]*\\})`).exec(text)?.[1] ?? ''),
      ),
    )
    .flatMap((table) => [...table.matchAll(/([a-z]+): \1Codec/g)].map(([, kind = '']) => kind))
    .sort();

describe('the flow of events', () => {
  it('leaves every kind of stream to one service', () => {
    const kinds = Object.values(streamOwners).flat() as readonly string[];
    expect(kinds.filter((kind, i) => kinds.indexOf(kind) !== i)).toEqual([]);
  });

  it.each(services)('lets the %s write its own streams and no other', (service) => {
    const foreign = writtenBy(service).filter(
      (kind) => !(streamOwners[service] as readonly string[]).includes(kind),
    );
    expect(foreign).toEqual([]);
  });

  it.each(services)('lets the %s tell the outside of exactly what it writes', (service) => {
    expect(toldBy(service)).toEqual(writtenBy(service));
  });

  it('has a writer for every kind that can be stored', () => {
    const kinds = Object.keys(codecs).flatMap((name) => /^([a-z]+)Codec$/.exec(name)?.[1] ?? []);
    const written = services.flatMap(writtenBy).sort();
    expect(written).toEqual(kinds.filter((kind) => kind !== 'event').sort());
  });

  it('appends in one place only', () => {
    const appending = [...sourcesOf('apps'), ...sourcesOf('libs')]
      .filter(({ text }) => /\b(eventStore|store|engines\.eventStore)\.append\(/.test(text))
      .map(({ file }) => file);
    expect(appending).toEqual(['libs/runtime/command-handler.ts']);
  });

  it('publishes public events in one place only', () => {
    const sources = [...sourcesOf('apps'), ...sourcesOf('libs')];
    const naming = sources.filter(({ text }) =>
      /holdfast\.\$\{|'holdfast\.(registry|scheduler|provenance|auditor)\.v1'/.test(text),
    );
    expect(naming.map(({ file }) => file)).toEqual(['libs/contracts/public/published.ts']);
    const publishing = sources.filter(
      ({ file, text }) => /\btopicOf\(/.test(text) && !file.startsWith('libs/contracts/'),
    );
    expect(publishing.map(({ file }) => file)).toEqual(['libs/runtime/service-runtime.ts']);
  });

  it('keeps the memory out of the hands of executor and command line', () => {
    const reaching = [...sourcesOf('apps/executor'), ...sourcesOf('apps/cli')]
      .filter(({ text }) => /from '#(event-store|read-store|runtime)['/]/.test(text))
      .map(({ file }) => file);
    expect(reaching).toEqual([]);
  });
});
