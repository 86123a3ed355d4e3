import { exitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { plain } from '../view/plain.js';
import { flag, type Action } from '../verb.js';

/** The keys of the installation, the present one last; in a form that `--key` takes. */
export const auditKey: Action = async ({ connection, terminal, format, quiet }, _args, options) => {
  const { auditor } = await connection();
  const answer = await auditor.getSigningKeys({}, { repeatable: true });
  const pem = flag(options, 'pem');
  const lines = () => answer.keys.map((key) => (pem ? key.pem.trimEnd() : key.key)).join('\n');
  if (quiet) terminal.out(lines());
  else await showOne(terminal, format, plain(answer), lines);
  return exitStatus.success;
};
