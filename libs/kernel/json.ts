/** A JSON value as RFC 8785 admits it: no undefined, no NaN, no bigint. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}
