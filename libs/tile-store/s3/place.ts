import { assertNoProblems, type Problem } from '#kernel';

/** Where the log is kept, as settings write it. */
export interface S3Place {
  readonly bucket: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
  /** Of a server that is not Amazon's; buckets are then part of the path. */
  readonly endpoint?: string;
  readonly region?: string;
}

const fix =
  'write s3://bucket/prefix?endpoint=https://host:port&region=name; credentials go into AWS_ACCESS_KEY_ID and its secret';
const problem = (message: string): Problem => ({
  code: 'AUDIT_LOG_INVALID',
  field: 'HOLDFAST_AUDIT_LOG',
  message,
  fix,
});

/** @throws INVALID_INPUT with every problem, showing nothing of what could be a secret */
export function s3Place(text: string): S3Place {
  const [path = '', query = ''] = text.replace(/^(s3:)?\/*/, '').split('?', 2);
  const [bucket = '', ...rest] = path.split('/');
  const given = new URLSearchParams(query);
  const [endpoint, region] = [given.get('endpoint') ?? undefined, given.get('region') ?? undefined];
  const url = endpoint !== undefined && URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isAddress = url !== undefined && /^https?:$/.test(url.protocol) && url.username + url.password === '';
  assertNoProblems([
    ...(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) ? [] : [problem('not the name of a bucket')]),
    ...(endpoint === undefined || isAddress
      ? []
      : [problem('the endpoint is no address of http or https without credentials')]),
    ...([...given.keys()].every((name) => name === 'endpoint' || name === 'region')
      ? []
      : [problem('it knows endpoint and region only')]),
  ]);
  const prefix = rest.filter((part) => part !== '').join('/');
  return {
    bucket,
    prefix: prefix === '' ? '' : `${prefix}/`,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
  };
}
