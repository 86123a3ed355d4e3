import { availableParallelism, loadavg } from 'node:os';
import { freeBytes } from '../doctor/check-data-folder.js';
import { durationReading } from './judge.js';
import type { Look, Measuring, Readings } from './look.js';
import { fsyncDurations } from './measure-disk.js';
import { hashingSpeed } from './measure-hashing.js';
import { durationsOf } from './measure.js';

const pageSize = 50;

/** Everything that needs no run. */
export const looksAtServer = (measuring: Measuring): readonly Look[] => [
  { figures: ['load'], what: 'load', read: () => load(measuring) },
  { figures: ['fsync-p50', 'fsync-p99'], what: 'fsync in the data folder', read: () => fsync(measuring) },
  { figures: ['free-disk'], what: 'free space', read: () => freeDisk(measuring) },
  { figures: ['round-trip'], what: 'calls that do nothing', read: () => roundTrip(measuring) },
  { figures: ['page'], what: 'pages of the run list', read: () => page(measuring) },
  { figures: ['hashing', 'hashing-share'], what: 'hashing', read: () => hashing(measuring) },
];

const there = { skipped: 'the server is on another machine' };
const unseen = ({ isElsewhere }: Measuring) =>
  isElsewhere ? there : { skipped: 'the data folder of this server is not known here' };

async function load({ isElsewhere }: Measuring): Promise<Readings> {
  return { load: isElsewhere ? there : { value: (loadavg()[0] ?? 0) / availableParallelism() } };
}

async function fsync(measuring: Measuring): Promise<Readings> {
  const { session, dataDir, forMs } = measuring;
  if (dataDir === undefined) return { 'fsync-p50': unseen(measuring), 'fsync-p99': unseen(measuring) };
  const durations = await fsyncDurations(dataDir, session, forMs * 0.1);
  return { 'fsync-p50': durationReading(durations, 0.5), 'fsync-p99': durationReading(durations, 0.99) };
}

async function freeDisk(measuring: Measuring): Promise<Readings> {
  const { dataDir } = measuring;
  if (dataDir === undefined) return { 'free-disk': unseen(measuring) };
  return { 'free-disk': { value: (await freeBytes(dataDir)) / 2 ** 30 } };
}

async function roundTrip({ session, forMs }: Measuring): Promise<Readings> {
  const connection = await session.connection();
  const call = () => connection.health('scheduler');
  await call();
  return { 'round-trip': durationReading(await durationsOf(session, forMs * 0.05, 20, call), 0.5) };
}

async function page({ session, forMs }: Measuring): Promise<Readings> {
  const { scheduler } = await session.connection();
  const request = { namespace: '', pageSize, pageToken: '', statuses: [], orderBy: '' };
  const read = () => scheduler.listRuns(request, { repeatable: true });
  await read();
  return { page: durationReading(await durationsOf(session, forMs * 0.05, 10, read), 0.5) };
}

async function hashing({ session }: Measuring): Promise<Readings> {
  const { file, bare } = await hashingSpeed(session);
  return { hashing: { value: file }, 'hashing-share': { value: file / bare } };
}
