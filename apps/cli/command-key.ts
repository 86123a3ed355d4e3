import { DomainError, systemChance } from '#kernel';
import { text, type Options, type VerbOption } from './verb.js';

/** Makes one command safe to repeat: however often it is sent, it is carried out once. */
export const commandKey = (): { readonly idempotencyKey: string } => ({
  idempotencyKey: systemChance.uuid(),
});

/** Of verbs that a job may give again after it was lost. */
export const keyOption: VerbOption = {
  flags: '--idempotency-key <key>',
  description: 'given again with the same request by the same actor (HOLDFAST_ACTOR), it is the same one',
};

/** The key that was given, else a new one. @throws IDEMPOTENCY_KEY_INVALID */
export const commandKeyOf = (options: Options): { readonly idempotencyKey: string } => {
  const given = text(options, 'idempotencyKey');
  if (given === undefined) return commandKey();
  if (/^[ -~]{1,200}$/.test(given)) return { idempotencyKey: given };
  const message = '--idempotency-key is 1 to 200 printable ASCII characters, such as the number of the job';
  throw new DomainError('invalid', 'IDEMPOTENCY_KEY_INVALID', message);
};
