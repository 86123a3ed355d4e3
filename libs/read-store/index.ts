export type {
  Checkpoint,
  CollectionSpec,
  Condition,
  Document,
  FieldPath,
  Lease,
  Query,
  ReadStore,
  Scalar,
  Write,
} from './read-store.js';
