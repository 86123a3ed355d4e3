import type { Json } from '#kernel';
import { exitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { nounOf } from '../output/units.js';
import { differencesText } from '../view/differences.js';
import { plain } from '../view/plain.js';
import type { Action } from '../verb.js';

/** Only what differs between two runs; exit status 4 when something does. */
export const diff: Action = async (session, [a = '', b = '']) => {
  const { terminal, format, quiet } = session;
  const { provenance } = await session.connection();
  const { differences, sameKey } = await provenance.compareRuns(
    { namespace: session.namespaceOfIds, a, b },
    { repeatable: true },
  );
  const key = sameKey ? 'same reproducibility key' : 'other reproducibility key';
  if (quiet) differences.forEach(({ what }) => terminal.out(what));
  else {
    const json: Json = { sameKey, differences: differences.map((difference) => plain(difference)) };
    await showOne(terminal, format, json, () =>
      differences.length === 0
        ? `no difference; ${key}`
        : `${nounOf(differences.length, 'difference')}; ${key}\n${differencesText(terminal, differences, format === 'wide')}`,
    );
  }
  return differences.length === 0 ? exitStatus.success : exitStatus.difference;
};
