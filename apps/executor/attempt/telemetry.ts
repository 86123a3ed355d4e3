import type { MessageBus, Message } from '#message-bus';
import type { StepInstance } from '#domain/manifest';
import type { OutputPiece } from '#sandbox';

export const telemetryTopic = 'holdfast.telemetry.v1';

/** Output of steps as it is written, for whoever watches now. What is kept is in the artifact store. */
export interface Telemetry {
  /** Of one attempt at a step, from its first byte on. Never waits: what the bus does not take in time is lost. */
  of(runId: string, instance: StepInstance): (piece: OutputPiece) => void;
}

const pieceBytes = 64 * 1024;
const pendingBytes = 1024 * 1024;

export function openTelemetry(bus: Pick<MessageBus, 'publish'>): Telemetry {
  let pending: Message[] = [];
  let bytes = 0;
  let sending = false;

  const send = async () => {
    sending = true;
    while (pending.length > 0) {
      const batch = pending;
      pending = [];
      await bus.publish(telemetryTopic, batch).catch(() => undefined);
      bytes -= batch.reduce((sum, { value }) => sum + value.length, 0);
    }
    sending = false;
  };

  return {
    of(runId, { step, fold }) {
      const written = { stdout: 0, stderr: 0 };
      return ({ stream, bytes: given }) => {
        const from = { run: runId, step, fold: fold === null ? '' : String(fold), channel: stream };
        const before = written[stream];
        written[stream] += given.length;
        for (let at = 0; at < given.length; at += pieceBytes) {
          const value = Uint8Array.from(given.subarray(at, at + pieceBytes));
          if (bytes + value.length > pendingBytes) return;
          bytes += value.length;
          pending.push({ key: `run-${runId}`, headers: { ...from, offset: String(before + at) }, value });
        }
        if (!sending) void send();
      };
    },
  };
}
