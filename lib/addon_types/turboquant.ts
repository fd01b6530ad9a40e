// The addon's calls for rotated vectors and their codes.
declare const handle: unique symbol;
/** A seeded rotation of vectors of `dim` values. */
export interface RotationHandle {
  readonly [handle]: 'rotation';
}

/** A flat index of vectors. */
export interface IndexHandle {
  readonly [handle]: 'index';
}

/** What an index is; choices by their numbers in native/ops/index_layout.h, bits 8 for int8 rows and 32 for float32 ones. */
export type IndexSpec = [
  dim: number,
  rows: number,
  bits: number,
  metric: number,
  scale: number,
  kept: number,
  seedLow: number,
  seedHigh: number,
];

export interface IndexInfo {
  dim: number;
  rows: number;
  bits: number;
  metric: number;
  scale: number;
  kept: number;
  seedLow: number;
  seedHigh: number;
  /** Vectors that are there. */
  size: number;
  bytes: number;
  nextId: bigint;
}

export interface IndexOperations<Result> {
  /** firstId[0] receives the running id of the first row. */
  indexAdd(
    index: IndexHandle,
    x: Float32Array,
    rows: number,
    xRowStride: number,
    ids: BigInt64Array | null,
    firstId: BigInt64Array,
  ): Result;
  /** ids and scores are [count, k]; candidates is 0, or how many of the best get exact scores. */
  indexSearch(
    index: IndexHandle,
    queries: Float32Array,
    count: number,
    queryRowStride: number,
    k: number,
    candidates: number,
    filter: Uint8Array | null,
    ids: BigInt64Array,
    scores: Float32Array,
  ): Result;
  /** Exact scores of vectors [count, perQuery, dim]. */
  indexScore(
    index: IndexHandle,
    queries: Float32Array,
    count: number,
    queryRowStride: number,
    vectors: Float32Array,
    perQuery: number,
    scores: Float32Array,
  ): Result;
  compactIndex(index: IndexHandle): Result;
  saveIndex(index: IndexHandle, path: string): Result;
}

export interface IndexHandles {
  createIndex(...spec: IndexSpec): IndexHandle;
  indexInfo(index: IndexHandle): IndexInfo;
  /** How many of the ids were there. */
  indexRemove(index: IndexHandle, ids: BigInt64Array): number;
  /** Whether all of the ids are there. */
  indexHas(index: IndexHandle, ids: BigInt64Array): boolean;
  loadIndex(path: string, map: boolean): IndexHandle;
  loadIndexAsync(path: string, map: boolean): Promise<IndexHandle>;
  /** Tells the engine what the handle's object has grown to. */
  reportMemory(handle: IndexHandle): void;
}

/** Encoded vectors: planes of codes, row by row, and 64 bytes after the last; a float32 scale for each row. */
type EncodedInput = [codes: Uint8Array, scales: Float32Array, rotation: RotationHandle, bits: number];
type Conversion = [from: Uint8Array, to: Uint8Array, dim: number, bits: number, count: number];

export interface VectorOperations<Result> extends IndexOperations<Result> {
  /** out[rows, dim] = R x, or its inverse. */
  rotateVectors(
    x: Float32Array,
    rotation: RotationHandle,
    out: Float32Array,
    rows: number,
    xRowStride: number,
    back: boolean,
  ): Result;
  /** A row for each scale; scale is an index of SCALE_KINDS. Throws ERR_RANGE, naming the row. */
  encodeVectors(
    x: Float32Array,
    rotation: RotationHandle,
    codes: Uint8Array,
    scales: Float32Array,
    xRowStride: number,
    bits: number,
    scale: number,
    float16: boolean,
  ): Result;
  decodeVectors(...args: [...input: EncodedInput, out: Float32Array]): Result;
  /** out[count, rows] */
  scoreVectors(
    ...args: [...input: EncodedInput, queries: Float32Array, out: Float32Array, count: number, queryRowStride: number]
  ): Result;
  /** Planes with their 64 bytes more to streams of whole bytes for each row, and back. */
  codesToStream(...conversion: Conversion): Result;
  streamToCodes(...conversion: Conversion): Result;
}

export interface VectorHandles extends IndexHandles {
  /** rounds: 0 for the default, which all others than powers of two take. */
  createRotation(dim: number, seedLow: number, seedHigh: number, rounds: number): RotationHandle;
}
