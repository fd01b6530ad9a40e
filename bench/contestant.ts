// What a case times: contestants that do the same work, each with a check of its result.

export type MemoryKind = 'weights' | 'arrays';

/** What one call does, whoever does it: the numerator of every rate. */
export interface Work {
  /** Arithmetic operations, a multiply-add counted as two; 0 for work that only moves bytes. */
  readonly operations: number;
  /** The instruction peak that limits it: int8 dot products, or float32 multiply-adds. */
  readonly arithmetic: 'int8' | 'float32';
  /** Bytes read plus bytes written, each counted once. */
  readonly bytes: number;
  /** Whether nearly all bytes are read (weights), or as many are written too. */
  readonly traffic: 'read' | 'copy';
  /** Whose memory most of the bytes lie in: packed weights, in huge pages where there are any, or the engine's arrays. Default: weights. */
  readonly memory?: MemoryKind;
  /** Bytes that calls go through before they meet the same again, where operands take turns. Default: `bytes`. */
  readonly resident?: number;
}

/** The call to time. An async one is awaited, and the time of the await counts. */
export type Call =
  | { readonly kind: 'sync'; readonly run: () => void }
  | { readonly kind: 'async'; readonly run: () => Promise<void> };

export interface Contestant {
  /** Starts with whose code runs: 'octavo', the peer's name, or 'typed arrays'. */
  readonly name: string;
  /** Name of the contestant that its ratio refers to. Default: the case's first one. */
  readonly baseline?: string;
  readonly work: Work;
  readonly call: Call;
  /** Looks at the result of the last call: what is wrong with it, or undefined if it is right. */
  readonly verify: () => string | undefined;
  /** Untimed pause after each sample, for a peer whose threads go on spinning for a while. Milliseconds. */
  readonly settle?: number;
  readonly dispose?: () => void | Promise<void>;
}

export const SUITES = ['gemm', 'linear', 'quantize'] as const;
export type Suite = (typeof SUITES)[number];

/** What a case may use while it prepares its contestants. */
export interface CaseContext {
  readonly threads: number;
  /** The most operations that the plain typed-array loops are asked for in one call. */
  readonly scalarOperations: number;
  /** The most operations that a peer is asked for in one call where it has no fast code: signed int8. */
  readonly slowPeerOperations: number;
  /** Bytes that weights must exceed together to be cold in each call; 0 where so much memory is not to be had. */
  readonly coldBytes: number;
  readonly onnxruntime: PeerFactory | undefined;
}

/** A model of one or a few nodes, run by a peer. */
export interface PeerModel {
  readonly model: Uint8Array;
  readonly inputs: Readonly<Record<string, PeerTensor>>;
  readonly output: { readonly name: string; readonly tensor: PeerTensor };
  /** Each call makes a result of its own, as callers at the same time need it, instead of writing to the output's tensor. */
  readonly ownResults?: boolean;
}

export interface PeerTensor {
  readonly type: 'float32' | 'int8' | 'uint8' | 'int32';
  readonly dims: readonly number[];
  readonly data: Float32Array | Int8Array | Uint8Array | Int32Array;
}

/** A runtime that can load a model; the call that comes back writes into the model's output tensor. */
export interface PeerFactory {
  readonly name: string;
  /** Package and version. */
  readonly title: string;
  readonly create: (model: PeerModel) => Promise<Pick<Contestant, 'call' | 'settle' | 'dispose'>>;
}

/** One case of the suite: contestants[0] is octavo, whom the ratios refer to. */
export interface BenchCase {
  readonly suite: Suite;
  /** What it does: cases that differ in their sizes alone are one family. */
  readonly family: string;
  /** The family and the sizes. */
  readonly name: string;
  /** The sizes, for machines; the name has them for people. */
  readonly sizes: Readonly<Record<string, number>>;
  /** It takes seconds even once: left out of a quick run, unless a filter asks for it. */
  readonly heavy?: boolean;
  readonly prepare: (context: CaseContext) => Promise<Contestant[]>;
}
