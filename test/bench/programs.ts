import { append } from './programs/append.js';
import { bubblewrapRuns } from './programs/bubblewrap.js';
import { distributedBus } from './programs/distributed-bus.js';
import { distributedEventStore } from './programs/distributed-event-store.js';
import { distributedFailover } from './programs/distributed-failover.js';
import { distributedOverhead } from './programs/distributed-overhead.js';
import { distributedQueue } from './programs/distributed-queue.js';
import { distributedReadStore } from './programs/distributed-read-store.js';
import { distributedScale } from './programs/distributed-scale.js';
import { distributedVerify } from './programs/distributed-verify.js';
import { evidenceBundle } from './programs/evidence-bundle.js';
import { evidenceExport } from './programs/evidence-export.js';
import { evidenceProof } from './programs/evidence-proof.js';
import { evidenceSequence } from './programs/evidence-sequence.js';
import { evidenceVerify } from './programs/evidence-verify.js';
import { growth } from './programs/growth.js';
import { hashing } from './programs/hashing.js';
import { install } from './programs/install.js';
import { job } from './programs/job.js';
import { materialise } from './programs/materialise.js';
import { metrics } from './programs/metrics.js';
import { orchestration } from './programs/orchestration.js';
import { pages } from './programs/page.js';
import { processRuns } from './programs/process.js';
import { rebuild } from './programs/rebuild.js';
import { replay } from './programs/replay.js';
import { start } from './programs/start.js';
import { store } from './programs/store.js';
import { syncs } from './programs/syncs.js';

/** By the first part of their figures' names. */
export const programs = {
  process: processRuns,
  bubblewrap: bubblewrapRuns,
  orchestration,
  syncs,
  job,
  append,
  replay,
  rebuild,
  growth,
  hashing,
  materialise,
  metrics,
  page: pages,
  start,
  install,
  store,
  'evidence-bundle': evidenceBundle,
  'evidence-export': evidenceExport,
  'evidence-proof': evidenceProof,
  'evidence-sequence': evidenceSequence,
  'evidence-verify': evidenceVerify,
  'distributed-event-store': distributedEventStore,
  'distributed-read-store': distributedReadStore,
  'distributed-bus': distributedBus,
  'distributed-scale': distributedScale,
  'distributed-overhead': distributedOverhead,
  'distributed-queue': distributedQueue,
  'distributed-failover': distributedFailover,
  'distributed-verify': distributedVerify,
} as const;
