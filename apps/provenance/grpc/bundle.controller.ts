import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod, GrpcStreamCall } from '@nestjs/microservices';
import type { provenance as proto } from '#contracts';
import {
  answerStream,
  answerUpload,
  callContext,
  type Call,
  type StreamCall,
  type UploadAnswer,
  type UploadCall,
} from '#platform';
import { toBundle } from '../bundle.mapper.js';
import { exportBundle } from '../export-bundle.js';
import { getBundle } from '../get-bundle.js';
import { importBundle } from '../import-bundle.js';
import { PROVENANCE, type Provenance } from '../provenance.js';
import { disposalsOf, toDisposals } from '../retention/disposals-of.js';

@Controller()
export class BundleController {
  constructor(@Inject(PROVENANCE) private readonly provenance: Provenance) {}

  @GrpcMethod('Provenance')
  async getBundle(
    request: proto.GetBundleRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.GetBundleResponse> {
    const bundle = await getBundle(this.provenance, request, callContext(call));
    const disposals = await toDisposals(this.provenance, await disposalsOf(this.provenance, bundle.run));
    return { bundle: { ...toBundle(bundle), disposals } };
  }

  @GrpcMethod('Provenance')
  exportBundle(
    request: proto.ExportBundleRequest,
    _metadata: unknown,
    call: StreamCall<proto.ExportBundleRequest, proto.ExportBundleResponse>,
  ) {
    return answerStream(call, (context) => exportBundle(this.provenance, request, context));
  }

  @GrpcStreamCall('Provenance')
  importBundle(
    call: UploadCall<proto.ImportBundleRequest, proto.ImportBundleResponse>,
    callback: UploadAnswer<proto.ImportBundleResponse>,
  ): Promise<void> {
    return answerUpload(call, callback, (messages, context) =>
      importBundle(this.provenance, messages, context),
    );
  }
}
