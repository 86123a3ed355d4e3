import type { CallOptions } from './call-options.js';

/** What a generated service definition says about one method, as far as its types go. */
export interface MethodDefinition<Request, Response> {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (value: Request) => Buffer;
  readonly responseDeserialize: (value: Buffer) => Response;
}

/** Any method: the types are checked where a client is used, not where it is made. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyMethod = MethodDefinition<any, any>;
export type ServiceDefinition = Readonly<Record<string, AnyMethod>>;

type RequestOf<M> = M extends { requestSerialize: (value: infer Request) => Buffer } ? Request : never;
type ResponseOf<M> = M extends { responseDeserialize: (value: Buffer) => infer Response } ? Response : never;

export type UnaryCall<M> = (request: RequestOf<M>, options?: CallOptions) => Promise<ResponseOf<M>>;
/** Leaving the loop early cancels the call. */
export type DownloadCall<M> = (request: RequestOf<M>, options?: CallOptions) => AsyncIterable<ResponseOf<M>>;
/** Messages are taken from the source only as fast as the server takes them. */
export type UploadCall<M> = (
  requests: AsyncIterable<RequestOf<M>> | Iterable<RequestOf<M>>,
  options?: CallOptions,
) => Promise<ResponseOf<M>>;

/** The methods of one service as functions: promises for single answers, async iterables for streams. */
export type ServiceClient<S> = {
  readonly [K in keyof S]: S[K] extends { requestStream: true }
    ? UploadCall<S[K]>
    : S[K] extends { responseStream: true }
      ? DownloadCall<S[K]>
      : UnaryCall<S[K]>;
};
