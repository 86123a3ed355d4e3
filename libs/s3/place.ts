import { assertNoProblems, type Problem } from '#kernel';

/** A bucket, as settings write it. */
export interface S3Place {
  readonly bucket: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
  /** Of a server that is not Amazon's; buckets are then part of the path. */
  readonly endpoint?: string;
  readonly region?: string;
}

const form = 's3://bucket/prefix?endpoint=https://host:port&region=name';

/**
 * Takes `s3://bucket/prefix?endpoint=…&region=…` apart, with or without `s3:`. Credentials are never part of it: they come
 * from where Amazon's tools look for them (`AWS_ACCESS_KEY_ID`, a profile, the machine's role).
 * @param setting that has the text
 * @throws INVALID_INPUT with every problem, showing nothing of what could be a secret
 */
export function s3Place(text: string, setting: string): S3Place {
  const [path = '', query = ''] = text.replace(/^(s3:)?\/*/, '').split('?', 2);
  const [bucket = '', ...rest] = path.split('/');
  const settings = new URLSearchParams(query);
  const endpoint = settings.get('endpoint') ?? undefined;
  const region = settings.get('region') ?? undefined;
  const problems = [...bucketProblems(bucket), ...endpointProblems(endpoint), ...strangers(settings)];
  assertNoProblems(problems.map((problem) => ({ ...problem, field: setting })));
  const prefix = rest.filter((part) => part !== '').join('/');
  return {
    bucket,
    prefix: prefix === '' ? '' : `${prefix}/`,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
  };
}

type Unplaced = Omit<Problem, 'field'>;

const problem = (code: string, message: string, fix: string): Unplaced => ({ code, message, fix });

const bucketProblems = (bucket: string): Unplaced[] =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)
    ? []
    : [
        problem(
          'BUCKET_INVALID',
          'a bucket has 3 to 63 small letters, digits, dots and dashes',
          `write ${form}`,
        ),
      ];

function endpointProblems(endpoint: string | undefined): Unplaced[] {
  if (endpoint === undefined) return [];
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return [problem('ENDPOINT_INVALID', 'the endpoint is not an address of http or https', `write ${form}`)];
  if (url.username === '' && url.password === '') return [];
  const fix = 'put them into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
  return [problem('ENDPOINT_INVALID', 'the endpoint holds credentials', fix)];
}

const strangers = (settings: URLSearchParams): Unplaced[] =>
  [...settings.keys()]
    .filter((name) => name !== 'endpoint' && name !== 'region')
    .map((name) => problem('SETTING_UNKNOWN', `it has no setting ${name.slice(0, 40)}`, `write ${form}`));
