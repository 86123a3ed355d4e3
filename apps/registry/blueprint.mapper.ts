import type { registry } from '#contracts';
import type { Shown } from '#runtime';
import type { BlueprintDocument } from './blueprint.projection.js';

export interface Written {
  readonly document: Uint8Array;
  readonly lock: Uint8Array;
}

/** `written` only where the whole blueprint is asked for. */
export const toBlueprint = (blueprint: Shown<BlueprintDocument>, written?: Written): registry.Blueprint => ({
  namespace: blueprint.namespace,
  name: blueprint.name,
  version: blueprint.version,
  number: blueprint.number,
  why: blueprint.why,
  reason: blueprint.reason,
  declaredAt: blueprint.declaredAt,
  declaredBy: { ...blueprint.declaredBy, roles: [...blueprint.declaredBy.roles] },
  stream: blueprint.stream,
  document: Buffer.from(written?.document ?? []),
  lock: Buffer.from(written?.lock ?? []),
});
