import { readdir, readFile } from 'node:fs/promises';
import type { JsonObject } from '#kernel';
import { findTool, tryTool } from '../isolation/tools.js';

/** Which graphics processors there are and what drives them; `{ devices: [] }` for none. */
export async function gpuSection(): Promise<JsonObject> {
  const driver = await readFile('/proc/driver/nvidia/version', 'utf8').catch(() => '');
  const nodes = await readdir('/dev').catch(() => []);
  const devices = nodes.filter((name) => /^(nvidia\d+|kfd)$/.test(name)).sort();
  const tool = driver === '' ? undefined : await findTool('nvidia-smi');
  if (tool === undefined) return { devices, driver: driver.trim() };
  const query = ['--query-gpu=name,driver_version,vbios_version,memory.total', '--format=csv,noheader'];
  const { ok, text } = await tryTool(tool, query);
  return { devices, driver: driver.trim(), listed: ok ? text.split('\n').map((line) => line.trim()) : [] };
}
