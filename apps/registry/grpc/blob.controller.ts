import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod, GrpcStreamCall } from '@nestjs/microservices';
import { assertNoProblems, isDigest, type Digest } from '#kernel';
import { parseDigest } from '#evidence';
import type { registry } from '#contracts';
import type { Instruments } from '#observability';
import { answerUpload, INSTRUMENTS, type UploadAnswer, type UploadCall } from '#platform';
import { countingBytes } from '#service';
import { REGISTRY, type Registry } from '../registry.js';
import { receiveBlob } from '../receive-blob.js';

const mostDigests = 10_000;
const mostProblems = 100;

@Controller()
export class BlobController {
  constructor(
    @Inject(REGISTRY) private readonly registry: Registry,
    @Inject(INSTRUMENTS) private readonly instruments: Instruments,
  ) {}

  @GrpcMethod('Registry')
  async missingBlobs(request: registry.MissingBlobsRequest): Promise<registry.MissingBlobsResponse> {
    const digests = request.digests.filter(isDigest);
    assertNoProblems(problemsOfDigests(request.digests), 'INVALID_REQUEST');
    return { digests: await this.registry.runtime.engines.artifacts.missing([...new Set<Digest>(digests)]) };
  }

  @GrpcMethod('Registry')
  getUpload(request: registry.GetUploadRequest): Promise<registry.GetUploadResponse> {
    const digest = parseDigest(request.digest, 'digest');
    return this.registry.uploads.held({ digest, sizeBytes: request.sizeBytes });
  }

  @GrpcStreamCall('Registry')
  putBlob(
    call: UploadCall<registry.PutBlobRequest, registry.PutBlobResponse>,
    callback: UploadAnswer<registry.PutBlobResponse>,
  ): Promise<void> {
    return answerUpload(call, callback, async (messages, { signal }) => {
      const counted = countingBytes(messages, this.instruments, 'in');
      const { digest, sizeBytes } = await receiveBlob(this.registry.uploads, counted, signal);
      return { blob: { digest, sizeBytes } };
    });
  }
}

function problemsOfDigests(digests: readonly string[]) {
  if (digests.length > mostDigests) {
    const message = `at most ${mostDigests} at once`;
    return [
      { code: 'TOO_MANY', field: 'digests', message, found: String(digests.length), fix: 'ask in parts' },
    ];
  }
  return digests
    .flatMap((digest, index) => (isDigest(digest) ? [] : [{ digest, index }]))
    .slice(0, mostProblems)
    .map(({ digest, index }) => ({
      code: 'DIGEST_INVALID',
      field: `digests[${index}]`,
      message: 'a digest is sha256: and 64 lower-case hex digits',
      found: digest.slice(0, 120),
      fix: 'copy it whole',
    }));
}
