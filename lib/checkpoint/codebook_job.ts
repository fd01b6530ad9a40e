// A layer in 4-bit codes of a table, in the tensors that bitsandbytes has for one.
import { dtypeOf, type ElementName, elementNameOf, OWNED, type TensorInfo, type TensorPlan } from '../safetensors';
import { type CodebookWeights, nestAbsmax, toBitsandbytes, unnestAbsmax, weightSize } from '../weights';
import { nestAbsmaxAsync } from '../weights/codebook/double_quantization';
import { encodeBlocksAsync, errorOfMagnitudes } from '../weights/codebook/encode_blocks';
import type { LayerFormat } from './convert_options';
import { type JobContext, locateError, type TensorJob, WindowSums } from './tensor_job';
import { forWindows, WINDOW_VALUES } from './windows';

type Format = Extract<LayerFormat, { kind: 'codebook' }>;

/** More than any description of a layer has bytes. */
const STATE_BYTES = 1024;

const codeBytes = ([rows = 0, columns = 0]: readonly number[]): number => Math.ceil((rows * columns) / 2);

/** The tensors for a layer: those of a layer of zeros, which has no codes here. */
function plansOf(source: TensorInfo, { type, block, nested }: Format): TensorPlan[] {
  const [rows, columns] = source.dims as [number, number];
  const zeros = new Float32Array(Math.ceil((rows * columns) / block));
  const absmax = nested ? nestAbsmax(zeros) : zeros;
  const weights = { type, rows, columns, block, codes: new Uint8Array(0), absmax };
  const tensors = toBitsandbytes(source.name, weights, { dtype: stateDType(source) });
  return Array.from(tensors, ([name, { type: stored, dims }]) => {
    const dtype = elementNameOf(stored) as ElementName;
    if (name === source.name) return { name, dtype, dims: [codeBytes(source.dims), 1] };
    const late = name.includes('.quant_state.');
    return { name, dtype, dims: late ? [STATE_BYTES] : dims, late, attached: true };
  });
}

function stateDType({ dtype }: TensorInfo): 'float32' | 'float16' | 'bfloat16' {
  const type = dtypeOf(dtype);
  return type === 'float16' || type === 'bfloat16' ? type : 'float32';
}

/** What all windows of a layer fill. */
class CodebookLayer {
  readonly #source: TensorInfo;
  readonly #format: Format;
  readonly #count: number;
  readonly #absmax: Float32Array;
  readonly #moments: Float32Array;
  readonly #sums = new WindowSums();

  constructor(source: TensorInfo, format: Format) {
    [this.#source, this.#format] = [source, format];
    this.#count = source.dims[0]! * source.dims[1]!;
    const blocks = Math.ceil(this.#count / format.block);
    this.#absmax = new Float32Array(blocks);
    this.#moments = new Float32Array(format.nested ? 2 * blocks : 0);
  }

  async encode(context: JobContext): Promise<void> {
    const { block } = this.#format;
    const step = Math.max(1, Math.floor(WINDOW_VALUES / block)) * block;
    await forWindows(Math.ceil(this.#count / step), context, async (window, lane) => {
      const begin = window * step;
      const values = Math.min(step, this.#count - begin);
      const floats = await lane.readFloats(context.reader, this.#source, begin, values);
      const codes = new Uint8Array(Math.ceil(values / 2));
      await encodeBlocksAsync(floats, this.#format, { codes, ...this.#placesOf(begin, values, window) }).catch(
        (error) => {
          throw locateError(error, this.#source, floats, begin);
        },
      );
      await context.writer.write(this.#source.name, codes, begin / 2, OWNED);
      context.advance((this.#source.bytes / this.#count) * values);
    });
  }

  /** The weights but for their codes, and the error with magnitudes as they are stored. */
  async finish(): Promise<{ weights: CodebookWeights; errors: number; squares: number }> {
    const { type, block, nested } = this.#format;
    const [rows, columns] = this.#source.dims as [number, number];
    const exact = this.#absmax;
    const absmax = nested ? await nestAbsmaxAsync(exact) : exact;
    const { errors, squares } = this.#sums;
    const weights = { type, rows, columns, block, codes: new Uint8Array(0), absmax };
    if (absmax instanceof Float32Array) return { weights, errors, squares };
    const stored = unnestAbsmax(absmax);
    return { weights, errors: errorOfMagnitudes(errors, this.#moments, { exact, stored }), squares };
  }

  #placesOf(begin: number, values: number, window: number) {
    const { block, nested } = this.#format;
    const [first, last] = [begin / block, Math.ceil((begin + values) / block)];
    return {
      absmax: this.#absmax.subarray(first, last),
      moments: nested ? this.#moments.subarray(2 * first, 2 * last) : undefined,
      sums: this.#sums.of(window),
    };
  }
}

export function codebookJob(source: TensorInfo, format: Format): TensorJob {
  return {
    source,
    outputs: plansOf(source, format),
    async run(context) {
      const layer = new CodebookLayer(source, format);
      await layer.encode(context);
      const { weights, errors, squares } = await layer.finish();
      const tensors = toBitsandbytes(source.name, weights, { dtype: stateDType(source) });
      tensors.delete(source.name); // its codes are written
      for (const [name, { data }] of tensors) await context.writer.write(name, data);
      return { errors, squares, bytes: codeBytes(source.dims) + weightSize(weights).parameterBytes };
    },
  };
}
