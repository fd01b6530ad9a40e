// What quantizes a prepared model, as often as a budget asks for it.
import type { Sketch } from '../../calibrate';
import type { QuantizedModel } from '../decisions';
import type { Model } from '../model';
import type { NodePattern } from '../selection';
import type { QuantizeOptions } from './quantize_options';

export interface Maker {
  /** The float model that is quantized, with whatever was done to it for accuracy. */
  readonly prepared: Model;
  /** What calibration saw; empty in modes without. */
  readonly sketches: ReadonlyMap<string, Sketch>;
  /** Samples that were run. */
  readonly samples: number;
  /** What was done to the prepared model, one line each. */
  readonly changes: readonly string[];
  /** Quantizes all layers but those that the options exclude and these, by name. */
  quantize(excluded: ReadonlySet<string>): Promise<QuantizedModel>;
}

/** The patterns of the options and the names of layers that a budget excludes. */
export function excludeOf({ exclude }: QuantizeOptions, excluded: ReadonlySet<string>): NodePattern[] {
  const exactly = (name: string): NodePattern => ({
    name: new RegExp(`^${name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`),
  });
  return [...(exclude ?? []), ...[...excluded].map(exactly)];
}
