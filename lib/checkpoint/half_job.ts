// A tensor of floats in 16 bits.
import { makeError } from '../errors';
import { OWNED, type TensorInfo } from '../safetensors';
import { bfloat16Bits, halfBits } from '../tensor/half_floats';
import { valuesOf } from '../tensor/small_floats';
import { show } from '../validate';
import { type TensorJob, WindowSums } from './tensor_job';
import { forWindows, WINDOW_VALUES } from './windows';

const BITS = { float16: halfBits, bfloat16: bfloat16Bits } as const;
const NAMES = { float16: 'F16', bfloat16: 'BF16' } as const;

type Half = keyof typeof BITS;

/** Rounds to nearest. Finite values that would become infinite are refused: a model with one of those is lost. */
function round(name: string, floats: Float32Array, half: Half, sums: Float64Array): Uint16Array {
  const [bitsOf, values, bits] = [BITS[half], valuesOf(half), new Uint16Array(floats.length)];
  let [errors, squares] = [0, 0];
  for (let i = 0; i < floats.length; i++) {
    const float = floats[i]!;
    bits[i] = bitsOf(float);
    const error = float - values[bits[i]!]!;
    if (!Number.isFinite(error) && Number.isFinite(float))
      throw makeError('ERR_RANGE', `tensor ${show(name)} has a value beyond ${half}: ${float}`);
    errors += error * error;
    squares += float * float;
  }
  [sums[0], sums[1]] = [errors, squares];
  return bits;
}

/** @param isLayer whether its error is of interest */
export function halfJob(source: TensorInfo, half: Half, isLayer: boolean): TensorJob {
  const { name, dims, bytes } = source;
  const dtype = NAMES[half];
  const count = dims.reduce((product, dim) => product * dim, 1);
  return {
    source,
    outputs: [{ name, dtype, dims }],
    async run(context) {
      const { reader, writer, advance } = context;
      const sums = new WindowSums();
      await forWindows(Math.ceil(count / WINDOW_VALUES), context, async (window, lane) => {
        const begin = window * WINDOW_VALUES;
        const values = Math.min(WINDOW_VALUES, count - begin);
        const floats = await lane.readFloats(reader, source, begin, values);
        await writer.write(name, round(name, floats, half, sums.of(window)), 2 * begin, OWNED);
        advance((bytes / count) * values);
      });
      return isLayer ? { errors: sums.errors, squares: sums.squares, bytes: 2 * count } : undefined;
    },
  };
}
