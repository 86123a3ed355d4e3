export type {
  Checkpoint,
  CollectionSpec,
  Condition,
  Document,
  FieldPath,
  Index,
  Lease,
  Query,
  ReadStore,
  Scalar,
  Write,
} from './read-store.js';
