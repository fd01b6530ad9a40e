// What a conversion to float16 can be told, and what it tells.
import type { QuantizedModel } from '../decisions';
import type { Selection } from '../selection';

export interface Float16Options extends Selection {
  /** Graph inputs and outputs stay float32, with casts behind and before them. Default: true. */
  readonly keepIo?: boolean | undefined;
  /** Only constants become float16, each with a cast behind it; everything computes in float32. Default: false. */
  readonly weightsOnly?: boolean | undefined;
  /** Ranges that tensors were seen to have: what writes or reads one beyond 65504 computes in float32. */
  readonly ranges?: ReadonlyMap<string, { readonly min: number; readonly max: number }> | undefined;
}

export interface Float16Warning {
  readonly tensor: string;
  readonly message: string;
}

export interface Float16Model extends QuantizedModel {
  /** Constants of which float16 loses more than its rounding. */
  readonly warnings: readonly Float16Warning[];
}
