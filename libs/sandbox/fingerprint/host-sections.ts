import { realpathSync } from 'node:fs';
import { cpus, endianness, machine, release, totalmem, type as osType, version } from 'node:os';
import type { JsonObject } from '#kernel';
import { digestBytes } from '#evidence';
import { fileDigest } from '../environment/index.js';
import { textOf, valueOf } from './look.js';

/** For what a host keeps until it is started again. */
function once<T>(find: () => T): () => T {
  let found: { readonly value: T } | undefined;
  return () => (found ??= { value: find() }).value;
}

export function osSection(): JsonObject {
  const about = textOf('/etc/os-release');
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
export const cpuSection = once((): JsonObject => {
  const info = textOf('/proc/cpuinfo');
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
});

export const memorySection = (): JsonObject => ({
  totalBytes: totalmem(),
  transparentHugePages: textOf('/sys/kernel/mm/transparent_hugepage/enabled'),
});

const named = /\/(libc|libm|libstdc\+\+|libgcc_s|libpthread|ld-linux[^/]*|ld-musl[^/]*)[-.][^/]*$/;

const loadedLibraries = once(() => {
  const lines = textOf('/proc/self/maps').split('\n');
  return [...new Set(lines.map((line) => line.slice(line.indexOf('/'))))]
    .filter((path) => named.test(path))
    .sort();
});

/** The C and C++ libraries that this process and steps load, by the digest of the files. */
export async function librariesSection(): Promise<JsonObject> {
  const digests: Record<string, string> = {};
  for (const path of loadedLibraries())
    digests[path.slice(path.lastIndexOf('/') + 1)] = await fileDigest(path);
  return { files: digests };
}

export const localeSection = once((): JsonObject => {
  const { LANG = '', LC_ALL = '' } = process.env;
  return {
    pinned: 'C.UTF-8',
    host: LC_ALL || LANG,
    icu: process.versions['icu'] ?? '',
    unicode: process.versions['unicode'] ?? '',
    cldr: process.versions['cldr'] ?? '',
    resolved: Intl.DateTimeFormat().resolvedOptions().locale,
  };
});

export function clockSection(): JsonObject {
  const zone = valueOf(() => realpathSync('/etc/localtime'));
  const source = textOf('/sys/devices/system/clocksource/clocksource0/current_clocksource');
  return {
    pinned: 'UTC',
    hostTimeZone: zone.replace(/^.*zoneinfo\//, ''),
    timeZoneData: process.versions['tz'] ?? '',
    source,
  };
}
