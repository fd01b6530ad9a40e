// What a conversion came to.
import fs from 'node:fs';
import type { SafetensorsReader } from '../safetensors';
import type { CheckpointFormat, LayerFormat } from './convert_options';
import type { LayerError, TensorJob } from './tensor_job';

/** What became of weights. */
export interface WeightLoss {
  readonly parameters: number;
  /** Of values and of what turns them into weights. */
  readonly bytes: number;
  readonly bitsPerWeight: number;
  /** The sum of squared errors over the sum of squares; 0 where all weights are 0. */
  readonly relativeError: number;
  /** The same as a ratio in dB: 10 log10 of its inverse; null without any error. */
  readonly sqnr: number | null;
}

export interface ConvertedLayer extends WeightLoss {
  readonly name: string;
  readonly dims: readonly number[];
  /** The element type that it had, such as 'BF16'. */
  readonly source: string;
  readonly format: CheckpointFormat;
  readonly group: number | 'channel' | null;
}

export interface Conversion {
  /** The file, or the files and their index, and config.json where it was written. */
  readonly files: readonly string[];
  readonly layers: readonly ConvertedLayer[];
  /** All layers together. */
  readonly total: WeightLoss;
  /** Tensors that were not quantized. */
  readonly others: number;
  readonly sourceBytes: number;
  readonly targetBytes: number;
  /** The free texts of the result. */
  readonly metadata: ReadonlyMap<string, string>;
}

function lossOf(parameters: number, { errors, squares, bytes }: LayerError): WeightLoss {
  const relativeError = squares === 0 ? 0 : errors / squares;
  const sqnr = relativeError === 0 ? null : -10 * Math.log10(relativeError);
  return { parameters, bytes, bitsPerWeight: (8 * bytes) / parameters, relativeError, sqnr };
}

const groupOf = (format: LayerFormat): number | 'channel' | null => {
  if (format.kind === 'half') return null;
  return format.kind === 'codebook' ? format.block : format.group;
};

/** Everything about a finished conversion. */
export function reportOf(done: {
  readonly reader: SafetensorsReader;
  readonly jobs: readonly TensorJob[];
  readonly errors: ReadonlyMap<string, LayerError>;
  readonly format: LayerFormat;
  readonly files: readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
}): Conversion {
  const { reader, jobs, errors, format, files, metadata } = done;
  const layers = jobs.flatMap(({ source: { name, dims, dtype } }): ConvertedLayer[] => {
    const error = errors.get(name);
    if (error === undefined) return [];
    const loss = lossOf(dims[0]! * dims[1]!, error);
    return [{ name, dims, source: dtype, format: format.type, group: groupOf(format), ...loss }];
  });
  const sum = { errors: 0, squares: 0, bytes: 0 };
  for (const { errors: e, squares, bytes } of errors.values())
    [sum.errors, sum.squares, sum.bytes] = [sum.errors + e, sum.squares + squares, sum.bytes + bytes];
  const sizeOf = (all: Iterable<string>) =>
    Array.from(all, (file) => fs.statSync(file).size).reduce((a, b) => a + b, 0);
  return {
    files,
    layers,
    total: lossOf(
      layers.reduce((count, { parameters }) => count + parameters, 0),
      sum,
    ),
    others: jobs.length - layers.length,
    sourceBytes: sizeOf(new Set(Array.from(reader.tensors.values(), ({ file }) => file))),
    targetBytes: sizeOf(files.filter((file) => file.endsWith('.safetensors'))),
    metadata,
  };
}
