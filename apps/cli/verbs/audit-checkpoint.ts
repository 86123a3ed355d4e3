import { encodeBase64 } from '#evidence';
import { policyOf, watchLog } from '../audit-log/watch-log.js';
import { exitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import type { Action } from '../verb.js';

/** The newest checkpoint, as the signed note that it is. */
export const auditCheckpoint: Action = async (session, _args, options) => {
  const { note, checkpoint } = await watchLog(session, await policyOf(options));
  const { origin, size, root, signedBy, witnessedBy } = checkpoint;
  if (session.quiet) session.terminal.out(String(size));
  else
    await showOne(
      session.terminal,
      session.format,
      {
        ...{ origin, size, root: encodeBase64(root), checkpoint: note },
        signedBy: signedBy.map(({ name }) => name),
        witnessedBy: witnessedBy.map(({ name, timestamp = 0 }) => ({ name, time: timestamp })),
      },
      () => note.trimEnd(),
    );
  return exitStatus.success;
};
