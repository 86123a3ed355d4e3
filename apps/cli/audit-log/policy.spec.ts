import { describe, expect, it } from '@jest/globals';
import { formatVerifierKey } from '#evidence';
import { auditProve } from '../verbs/audit-prove.js';
import type { Session } from '../session.js';
import { policyOf } from './watch-log.js';

const witness = formatVerifierKey('witness.example', Buffer.alloc(32, 1), 'cosignature');
const given = (witnesses: string | undefined) =>
  policyOf({ witness: [witness], ...(witnesses === undefined ? {} : { witnesses }) });
/** Nobody is asked. */
const session = { terminal: { note: () => undefined } } as unknown as Session;
const refused = { kind: 'invalid', code: 'OPTION_INVALID' };

describe('what is demanded of a log', () => {
  it('is every given witness, or as many as are said', async () => {
    expect(await given(undefined)).toMatchObject({ witnessesNeeded: 1 });
    expect(await given('0')).toMatchObject({ witnessesNeeded: 0 });
  });

  it.each(['', ' ', '0x1', '-1', '2'])('is never less for a number that is none: %j', async (witnesses) => {
    await expect(given(witnesses)).rejects.toMatchObject(refused);
  });

  it.each(['', ' ', '0x3', '1e1', '-1'])('is no proof of another entry: --index %j', async (index) => {
    await expect(auditProve(session, [], { index })).rejects.toMatchObject(refused);
  });

  it('is read of no file that never ends', async () => {
    await expect(policyOf({ key: ['/dev/zero'] })).rejects.toMatchObject({ code: 'KEY_UNREADABLE' });
  });

  it('goes into a folder, or nothing is asked for', async () => {
    const proving = auditProve(session, ['last'], { out: process.execPath });
    await expect(proving).rejects.toMatchObject({ kind: 'invalid', code: 'OUT_INVALID' });
  });
});
