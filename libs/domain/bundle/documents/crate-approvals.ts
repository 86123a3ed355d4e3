import { bundlePaths } from '../members.js';
import { ref, refs, type Entity } from './entity.js';
import { withOffset, type Approval, type RunRecord } from './record.js';

const actionTypes: Readonly<Record<string, string>> = { review: 'ReviewAction' };
const actionId = ({ event }: Approval): string => `#approval/${event}`;

interface Approvals {
  /** The file that holds them, with what it is about. */
  main(file: Entity): Entity;
  readonly entities: readonly Entity[];
}

/** Who put their name to the blueprint: an action about it each. */
export function approvalEntities({ approvals = [], actor }: RunRecord): Approvals {
  const signers = new Set(approvals.map(({ signer }) => signer));
  // Whoever submitted the run is in the crate already.
  signers.delete(actor.id);
  return {
    main: (file) => ({
      ...file,
      about: ref(bundlePaths.blueprint),
      mentions: refs(approvals.map(actionId)),
    }),
    entities: [
      ...[...signers].map((id) => ({
        ...{ '@id': `urn:uuid:${id}`, '@type': 'Person', name: `pseudonym ${id}` },
      })),
      ...approvals.map((approval) => ({
        ...{ '@id': actionId(approval), '@type': actionTypes[approval.meaning] ?? 'EndorseAction' },
        name: `${approval.meaning} of the blueprint`,
        ...{ agent: ref(`urn:uuid:${approval.signer}`), object: ref(bundlePaths.blueprint) },
        endTime: withOffset(approval.signedAt),
      })),
    ],
  };
}
