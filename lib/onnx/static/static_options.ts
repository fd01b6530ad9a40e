// What can be chosen of a static quantization, and the defaults of the target.
import type { Method } from '../../calibrate';
import type { AnyQParams, ByteType, QuantizedType } from '../../quantize';
import type { Node } from '../model';
import { type NodeSettings, type Selection, settingsOf } from '../selection';
import { installedTarget, profileOf, type Target, type TargetProfile } from '../targets';
import type { Refusal } from './refusal';

/** What activations can be: 16 bits run in float kernels in onnxruntime, they are for accuracy elsewhere. */
export type ActivationType = Extract<QuantizedType, 'int8' | 'uint8' | 'int16' | 'uint16'>;

export interface WeightOptions {
  /** Default int8. uint8 has zero points unless it is symmetric. */
  readonly type?: ByteType | undefined;
  /** Default true for int8, false for uint8. */
  readonly symmetric?: boolean | undefined;
  /** One scale for each output; default what the target wants. */
  readonly perChannel?: boolean | undefined;
  /** Default 'minmax'. */
  readonly method?: Method | undefined;
  /** Values from -64 to 64, for CPUs whose integer products saturate; default false. */
  readonly reduceRange?: boolean | undefined;
}

/** A layer's weights that are about to be rounded. */
export interface RoundRequest {
  readonly node: Node;
  /** The tensor's name. */
  readonly name: string;
  readonly dims: readonly number[];
  readonly weights: Float32Array;
  readonly params: AnyQParams;
}

/** Gives a layer's rounded weights, as many as it has; undefined for rounding to the nearest. */
export type RoundWeights = (request: RoundRequest) => Int8Array | Uint8Array | undefined;

/** Ranges of tensors that were found without data. */
export type TensorRanges = ReadonlyMap<string, { readonly min: number; readonly max: number }>;

export interface StaticOptions extends Selection {
  /** Default: the runtime installed here. */
  readonly target?: Target | undefined;
  /** Default: what the target wants. */
  readonly activations?: ActivationType | undefined;
  /** Activations around 0; default: what the target wants. What Relu or Clip wrote stays asymmetric where these fold. */
  readonly symmetric?: boolean | undefined;
  /** How ranges of activations are found in sketches; default 'auto'. */
  readonly method?: Method | undefined;
  readonly weights?: WeightOptions | undefined;
  /** Tables of Gather in 8 bits, too; default true where the target can. */
  readonly embeddings?: boolean | undefined;
  /** Products of two activations, as in attention, in 8 bits, too; default true. They gain little, and may lose much. */
  readonly attention?: boolean | undefined;
  /** Ranges for tensors that have no sketch. */
  readonly ranges?: TensorRanges | undefined;
  /** The type of the graph's floating-point inputs and outputs; default 'float'. Integers make everything integer that can be. */
  readonly io?: 'float' | ByteType | undefined;
  /** `qdq` (the default), or `qoperator`: QLinearConv and the like. */
  readonly format?: 'qdq' | 'qoperator' | undefined;
  readonly roundWeights?: RoundWeights | undefined;
}

/** Options with every default in its place. */
export interface StaticSettings {
  readonly profile: TargetProfile;
  readonly activations: { readonly type: ActivationType; readonly symmetric: boolean };
  readonly weights: { readonly type: ByteType; readonly symmetric: boolean; readonly perChannel: boolean };
  readonly weightMethod: Method;
  readonly reduceRange: boolean;
  readonly method: Method;
  readonly embeddings: boolean;
  readonly ranges: TensorRanges;
  readonly io: 'float' | ByteType;
  /** Whatever has integer kernels computes on integers, where that saves nothing, too. */
  readonly everything: boolean;
  /** Nodes that stay in float for what calibration has shown. */
  readonly refused: ReadonlyMap<Node, Refusal>;
  /** Products of two activations in 8 bits. */
  readonly attention: boolean;
  readonly format: 'qdq' | 'qoperator';
  readonly roundWeights: RoundWeights | undefined;
  readonly of: (node: Node) => NodeSettings;
}

const SIXTEEN = ['int16', 'uint16'] as const;

export const isSixteen = (type: string): boolean => (SIXTEEN as readonly string[]).includes(type);

/** The least opset of a prepared model for these options: 8 bits per channel, or 16 bits. */
export function opsetFor(options: StaticOptions = {}): number {
  const { profile, activations } = settingsFrom(options);
  const wide = [activations.type, ...Array.from(options.overrides ?? [], (one) => one.activations ?? '')].some(
    isSixteen,
  );
  return wide ? profile.opset16 : profile.opset;
}

/** Throws ERR_RANGE, ERR_DTYPE for options that do not exist. */
export function settingsFrom(options: StaticOptions): StaticSettings {
  const profile = profileOf(options.target ?? installedTarget());
  const { weights = {} } = options;
  const type = options.activations ?? profile.activations.type;
  return {
    profile,
    activations: { type, symmetric: options.symmetric ?? profile.activations.symmetric },
    weights: {
      type: weights.type ?? 'int8',
      symmetric: weights.symmetric ?? weights.type !== 'uint8',
      perChannel: weights.perChannel ?? profile.weights.perChannel,
    },
    weightMethod: weights.method ?? 'minmax',
    reduceRange: weights.reduceRange ?? false,
    method: options.method ?? 'auto',
    embeddings: options.embeddings ?? profile.engine === 'onnxruntime',
    ranges: options.ranges ?? new Map(),
    io: options.io ?? 'float',
    everything: false,
    refused: new Map(),
    attention: options.attention ?? true,
    format: options.format ?? 'qdq',
    roundWeights: options.roundWeights,
    of: settingsOf(options),
  };
}
