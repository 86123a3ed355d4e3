import { readFile, realpath } from 'node:fs/promises';
import { cpus, endianness, machine, release, totalmem, type as osType, version } from 'node:os';
import type { JsonObject } from '#kernel';
import { digestBytes } from '#evidence';
import { fileDigest } from '../environment/index.js';

/** A small file of the system; empty when it is not there. */
const textOf = (path: string): Promise<string> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => '',
  );

export async function osSection(): Promise<JsonObject> {
  const about = await textOf('/etc/os-release');
  const value = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(about)?.[1] ?? '';
  return {
    kernel: osType(),
    kernelRelease: release(),
    kernelVersion: version(),
    distribution: value('ID'),
    distributionVersion: value('VERSION_ID'),
  };
}

/** Instruction sets decide which code paths numeric libraries take, so every flag counts. */
export async function cpuSection(): Promise<JsonObject> {
  const info = await textOf('/proc/cpuinfo');
  const [first = ''] = info.split('\n\n');
  const value = (name: string) => new RegExp(`^${name}\\s*:\\s*(.*)$`, 'm').exec(first)?.[1]?.trim() ?? '';
  const flags = (value('flags') || value('Features')).split(' ').filter(Boolean).sort();
  return {
    architecture: machine(),
    endianness: endianness(),
    model: cpus()[0]?.model ?? '',
    stepping: value('stepping'),
    microcode: value('microcode'),
    cores: cpus().length,
    flags: digestBytes(flags.join(' ')),
    vectors: flags.filter((flag) => /^(sse|avx|fma|asimd|sve|neon)/.test(flag)),
  };
}

export const memorySection = async (): Promise<JsonObject> => ({
  totalBytes: totalmem(),
  transparentHugePages: await textOf('/sys/kernel/mm/transparent_hugepage/enabled'),
});

const named = /\/(libc|libm|libstdc\+\+|libgcc_s|libpthread|ld-linux[^/]*|ld-musl[^/]*)[-.][^/]*$/;

/** The C and C++ libraries that this process and steps load, by the digest of the files. */
export async function librariesSection(): Promise<JsonObject> {
  const maps = await textOf('/proc/self/maps');
  const paths = [...new Set(maps.split('\n').map((line) => line.slice(line.indexOf('/'))))].filter((path) =>
    named.test(path),
  );
  const digests: Record<string, string> = {};
  for (const path of paths.sort()) digests[path.slice(path.lastIndexOf('/') + 1)] = await fileDigest(path);
  return { files: digests };
}

export function localeSection(): JsonObject {
  const { LANG = '', LC_ALL = '' } = process.env;
  return {
    pinned: 'C.UTF-8',
    host: LC_ALL || LANG,
    icu: process.versions['icu'] ?? '',
    unicode: process.versions['unicode'] ?? '',
    cldr: process.versions['cldr'] ?? '',
    resolved: Intl.DateTimeFormat().resolvedOptions().locale,
  };
}

export async function clockSection(): Promise<JsonObject> {
  const zone = await realpath('/etc/localtime').catch(() => '');
  const source = await textOf('/sys/devices/system/clocksource/clocksource0/current_clocksource');
  return {
    pinned: 'UTC',
    hostTimeZone: zone.replace(/^.*zoneinfo\//, ''),
    timeZoneData: process.versions['tz'] ?? '',
    source,
  };
}
