import { Accepts, hostAndPort, matching, ServiceConfig, wholeNumber } from '#platform';

const dayMs = 24 * 60 * 60 * 1000;

const signingKey = matching(
  /^(file:.+|env:[A-Za-z_][A-Za-z0-9_]*|command:\S.*)$/,
  'must be file:PATH, env:NAME or command:PROGRAM',
);

export class AuditorConfig extends ServiceConfig {
  /** Where the files of the audit log are published; default: a folder in the data folder. */
  @Accepts(
    matching(
      /^(file:.+|s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^\s?#]*)?(\?[^\s#]*)?)$/,
      'must be file:PATH or s3://BUCKET/PREFIX',
    ),
  )
  auditLog: string | undefined = undefined;

  /** Who is asked to cosign checkpoints: `<verifier key> <url>`, several with commas between. */
  @Accepts(
    matching(
      /^\S+\+\S+ https?:\/\/\S+(\s*,\s*\S+\+\S+ https?:\/\/\S+)*$/,
      'must be KEY URL, several with commas between',
    ),
  )
  witnesses: string | undefined = undefined;

  /** The log's name for ever; default: made of its first key. */
  @Accepts(matching(/^[^\s+]{1,200}$/, 'must have neither spaces nor +'))
  logOrigin: string | undefined = undefined;

  /** What checkpoints are signed with; default: a file in the data folder, made when it is needed first. */
  @Accepts(signingKey)
  signingKey: string | undefined = undefined;

  /** The key before it, while the log goes over to the new one. */
  @Accepts(signingKey)
  signingKeyBefore: string | undefined = undefined;

  /** The event store is held against the log, and the directory of people against the events, this often; 0 for never, default a day. */
  @Accepts(wholeNumber(0, 365 * dayMs, 'milliseconds'))
  verifyEveryMs = dayMs;

  /** Of the completed runs so many are drawn and run again each time; default none. */
  @Accepts(wholeNumber(0, 100))
  reproduceSample = 0;

  /** Default a week. */
  @Accepts(wholeNumber(1000, 365 * dayMs, 'milliseconds'))
  reproduceEveryMs = 7 * dayMs;

  /** Where provenance answers; in one process with it that is known without. */
  @Accepts(hostAndPort)
  provenanceAddress: string | undefined = undefined;
}
