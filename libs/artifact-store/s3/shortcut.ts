import type { IncomingMessage } from 'node:http';
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
 * Reads, writes and looks at single objects by the client's signer and connections, without what stands between a command and those, which
 * takes most of its CPU. It knows no trouble: whatever is not plainly answered is undefined, and the client, which repeats and explains, is
 * to be asked.
 */
export type Shortcut = (
  request: ShortRequest,
  limits: { readonly signal: AbortSignal | undefined; readonly withinMs: number },
) => Promise<IncomingMessage | undefined>;

type Signed = Parameters<S3Client['config']['requestHandler']['handle']>[0];

const plain: Readonly<Record<ShortRequest['method'], readonly number[]>> = {
  GET: [200, 206],
  HEAD: [200, 404],
  PUT: [200],
};

/** SHA-256 of no bytes. */
const ofNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** RFC 3986 §2.3, as it is signed. */
const escaped = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** From the first request on that the client makes: one for the bucket. */
export function openShortcut(client: S3Client): Shortcut {
  let toBucket: Pick<Signed, 'protocol' | 'hostname' | 'port' | 'path' | 'headers'> | undefined;
  client.middlewareStack.add(
    (next) => (args) => {
      toBucket ??= args.request as Signed;
      return next(args);
    },
    // After it was signed.
    { step: 'finalizeRequest', priority: 'low', name: 'toBucket' },
  );
  return async ({ method, key, headers = {}, body, sha256 = ofNothing }, { signal, withinMs }) => {
    if (toBucket === undefined) return undefined;
    const { protocol, hostname, port, path } = toBucket;
    const request = {
      ...{ method, protocol, hostname, port, body, query: {} },
      path: `${path.replace(/\/$/, '')}/${key.split('/').map(escaped).join('/')}`,
      headers: { host: toBucket.headers['host'] as string, 'x-amz-content-sha256': sha256, ...headers },
    };
    try {
      const { signer, requestHandler } = client.config;
      const signed = (await (await signer()).sign(request)) as Signed;
      const limits = { requestTimeout: withinMs, ...(signal ? { abortSignal: signal } : {}) };
      const { response } = await requestHandler.handle(signed, limits);
      const answer = response.body as IncomingMessage;
      if (plain[method].includes(response.statusCode)) return answer;
      answer.resume();
    } catch {
      // The client says what is wrong.
    }
    return undefined;
  };
}
