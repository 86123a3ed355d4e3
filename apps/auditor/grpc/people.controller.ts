import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { auditor as proto } from '#contracts';
import { callContext, type Call } from '#platform';
import { AUDITOR, type Auditor } from '../auditor.js';
import { listHolds, placeHold, releaseHold } from '../holds/holds.js';
import { listReviews, recordReview } from '../reviews/reviews.js';
import { listSignatures } from '../signatures/list-signatures.js';
import { replaceSignerKey } from '../signatures/replace-signer-key.js';
import { signDigest } from '../signatures/sign-digest.js';

/** What people put their name to. */
@Controller()
export class PeopleController {
  constructor(@Inject(AUDITOR) private readonly auditor: Auditor) {}

  @GrpcMethod('Auditor')
  signDigest(
    request: proto.SignDigestRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.SignDigestResponse> {
    return signDigest(this.auditor, request, callContext(call));
  }

  @GrpcMethod('Auditor')
  replaceSignerKey(
    request: proto.ReplaceSignerKeyRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.ReplaceSignerKeyResponse> {
    return replaceSignerKey(this.auditor, request, callContext(call));
  }

  @GrpcMethod('Auditor')
  listSignatures(
    request: proto.ListSignaturesRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.ListSignaturesResponse> {
    return listSignatures(this.auditor, request, callContext(call));
  }

  @GrpcMethod('Auditor')
  recordReview(
    request: proto.RecordReviewRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.RecordReviewResponse> {
    return recordReview(this.auditor, request, callContext(call));
  }

  @GrpcMethod('Auditor')
  listReviews(
    request: proto.ListReviewsRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.ListReviewsResponse> {
    return listReviews(this.auditor, request, callContext(call));
  }

  @GrpcMethod('Auditor')
  placeHold(
    request: proto.PlaceHoldRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.PlaceHoldResponse> {
    return placeHold(this.auditor, request, callContext(call));
  }

  @GrpcMethod('Auditor')
  releaseHold(
    request: proto.ReleaseHoldRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.ReleaseHoldResponse> {
    return releaseHold(this.auditor, request, callContext(call));
  }

  @GrpcMethod('Auditor')
  listHolds(
    request: proto.ListHoldsRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.ListHoldsResponse> {
    return listHolds(this.auditor, request, callContext(call));
  }
}
