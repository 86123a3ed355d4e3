import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';
import { asyncApi } from '#contracts/public';
import { published as auditor } from '#apps/auditor';
import { published as provenance } from '#apps/provenance';
import { published as registry } from '#apps/registry';
import { published as scheduler } from '#apps/scheduler';

/** What every service tells the outside; the executor writes no stream, so it tells nothing. */
export const publishers = { registry, scheduler, provenance, auditor };

export const document = () => asyncApi('1.0.0', publishers);

/** The document as `proto/asyncapi.yaml` holds it. */
export async function asyncApiText(): Promise<string> {
  const text = stringify(document(), { aliasDuplicateObjects: false, lineWidth: 100 });
  const file = new URL('../../../proto/asyncapi.yaml', import.meta.url).pathname;
  return format(text, { ...(await resolveConfig(file)), parser: 'yaml' });
}
