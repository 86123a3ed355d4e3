import type { JsonObject } from '#kernel';
import { namesIn, textOf } from './look.js';
import { findTool, tryTool } from '../isolation/tools.js';

/** Which graphics processors there are and what drives them; `{ devices: [] }` for none. */
export async function gpuSection(): Promise<JsonObject> {
  const driver = textOf('/proc/driver/nvidia/version');
  const nodes = namesIn('/dev');
  const devices = nodes.filter((name) => /^(nvidia\d+|kfd)$/.test(name)).sort();
  const tool = driver === '' ? undefined : await findTool('nvidia-smi');
  const section = { devices, driver };
  return tool === undefined ? section : { ...section, listed: await listed(tool, JSON.stringify(section)) };
}

let last: { readonly of: string; readonly lines: string[] } | undefined;

/** What the driver's tool says takes a second; it is asked again when the devices or their driver are others. */
async function listed(tool: string, of: string): Promise<string[]> {
  if (last?.of === of) return last.lines;
  const query = ['--query-gpu=name,driver_version,vbios_version,memory.total', '--format=csv,noheader'];
  const { ok, text } = await tryTool(tool, query);
  if (!ok) return [];
  last = { of, lines: text.split('\n').map((line) => line.trim()) };
  return last.lines;
}
