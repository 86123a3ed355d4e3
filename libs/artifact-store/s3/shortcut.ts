import { createHash, createHmac, hash } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import type { S3Client } from '@aws-sdk/client-s3';

export interface ShortRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  readonly key: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Of the body, in hex. */
  readonly sha256?: string;
}

/**
 * Reads, writes and looks at single objects on a way that takes a quarter of the client's CPU. It knows no trouble: whatever is not plainly
 * answered is undefined, and the client, which repeats and explains, is to be asked.
 */
export interface Shortcut {
  ask(
    request: ShortRequest,
    limits: { readonly signal: AbortSignal | undefined; readonly withinMs: number },
  ): Promise<http.IncomingMessage | undefined>;
  close(): void;
}

/** Where the client went with a request for the bucket itself, and for which region it signed. */
interface Way {
  readonly protocol: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly path: string;
  readonly region: string;
}

interface Signed {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

const plain: Readonly<Record<ShortRequest['method'], readonly number[]>> = {
  GET: [200, 206],
  HEAD: [200, 404],
  PUT: [200],
};

/** From the first request on that the client makes: one for the bucket. */
export function openShortcut(client: S3Client): Shortcut {
  const agents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) };
  let way: Way | undefined;
  client.middlewareStack.add(
    (next) => (args) => {
      way ??= wayOf(args.request as Signed);
      return next(args);
    },
    // After it was signed.
    { step: 'finalizeRequest', priority: 'low', name: 'wayOfBucket' },
  );
  return {
    async ask(request, { signal, withinMs }) {
      if (way === undefined) return undefined;
      const { protocol, host, port } = way;
      const path = `${way.path}/${request.key.split('/').map(escaped).join('/')}`;
      const credentials = await client.config.credentials().catch(() => undefined);
      if (credentials === undefined) return undefined;
      const headers = signedHeaders(request, path, way, credentials);
      const { request: send } = protocol === 'https:' ? https : http;
      const agent = protocol === 'https:' ? agents.https : agents.http;
      const { method, body } = request;
      return new Promise((resolve) => {
        const on = { agent, protocol, host, port, path, method, headers, ...(signal ? { signal } : {}) };
        const call = send(on, (answer) => {
          clearTimeout(timer);
          if (plain[method].includes(answer.statusCode ?? 0)) return resolve(answer);
          answer.resume();
          resolve(undefined);
        });
        const timer = setTimeout(() => call.destroy(), withinMs);
        call.on('error', () => {
          clearTimeout(timer);
          resolve(undefined);
        });
        call.end(body);
      });
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function wayOf({ protocol, hostname, port, path, headers }: Signed): Way | undefined {
  const region = /Credential=[^/]+\/\d{8}\/([^/]+)\/s3\/aws4_request/.exec(
    headers['authorization'] ?? '',
  )?.[1];
  if (region === undefined) return undefined;
  return { protocol, host: hostname, port, path: path.replace(/\/$/, ''), region };
}

const sha256 = (text: string): string => hash('sha256', text, 'hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const nothing = createHash('sha256').digest('hex');

/** RFC 3986 §2.3, as signatures want it. */
const escaped = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** AWS Signature Version 4, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html. */
export function signedHeaders(
  { method, headers: given = {}, sha256: body = nothing }: Omit<ShortRequest, 'key'>,
  path: string,
  { protocol, host, port, region }: Omit<Way, 'path'>,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  now = new Date(),
): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const usual = port === undefined || port === (protocol === 'https:' ? 443 : 80);
  const headers: Record<string, string> = {
    ...given,
    host: usual ? host : `${host}:${port}`,
    'x-amz-content-sha256': body,
    'x-amz-date': time,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const told = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const canonical = [method, path, '', told, names.join(';'), body].join('\n');
  const steps = [time.slice(0, 8), region, 's3', 'aws4_request'];
  const toSign = ['AWS4-HMAC-SHA256', time, steps.join('/'), sha256(canonical)].join('\n');
  const key = steps.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const signature = hmac(key, toSign).toString('hex');
  const credential = `${accessKeyId}/${steps.join('/')}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}
