// What a case times: contestants that do the same work, each with a check of its result.

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
}

/** The call to time. An async one is awaited, and the time of the await counts. */
export type Call =
  | { readonly kind: 'sync'; readonly run: () => void }
  | { readonly kind: 'async'; readonly run: () => Promise<void> };

export interface Contestant {
  readonly name: string;
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
  readonly onnxruntime: PeerFactory | undefined;
}

/** A model of one or a few nodes, run by a peer. */
export interface PeerModel {
  readonly model: Uint8Array;
  readonly inputs: Readonly<Record<string, PeerTensor>>;
  readonly output: { readonly name: string; readonly tensor: PeerTensor };
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
  readonly name: string;
  /** The sizes, for machines; the name has them for people. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly prepare: (context: CaseContext) => Promise<Contestant[]>;
}
