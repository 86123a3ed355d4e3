import { systemChance } from '#kernel';

/** Makes one command safe to repeat: however often it is sent, it is carried out once. */
export const commandKey = (): { readonly idempotencyKey: string } => ({
  idempotencyKey: systemChance.uuid(),
});
