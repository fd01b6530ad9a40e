// Weights of 4 bits as bitsandbytes keeps them in safetensors files: a tensor of bytes, and its quantization state beside it.
import { makeError } from '../../errors';
import { Tensor } from '../../tensor';
import { checkOneOf, isObject, show } from '../../validate';
import { CODEBOOK_TYPES, type CodebookType, codeTable } from './code_tables';
import type { CodebookWeights } from './codebook_weights';
import type { NestedAbsmax } from './double_quantization';
import { PythonFloat, toPythonJson } from './python_json';
import { type QuantState, readQuantState } from './quant_state';

const FLOATS = ['float32', 'float16', 'bfloat16'] as const;

export interface BitsandbytesOptions {
  /** The type that the weights had, and that bitsandbytes gives them back in. Default: 'float32'. */
  readonly dtype?: (typeof FLOATS)[number] | undefined;
}

/**
 * The tensors that bitsandbytes stores for one weight: `name` (uint8 [bytes, 1]), `name.absmax`, `name.quant_map`, with double
 * quantization `name.nested_absmax` and `name.nested_quant_map`, and `name.quant_state.bitsandbytes__nf4` (JSON as bytes).
 *
 * @throws ERR_RANGE for another dtype
 */
export function toBitsandbytes(
  name: string,
  weights: CodebookWeights,
  { dtype = 'float32' }: BitsandbytesOptions = {},
): Map<string, Tensor<'uint8' | 'float32'>> {
  const { type, rows, columns, block, codes, absmax } = weights;
  const nested = absmax instanceof Float32Array ? undefined : absmax;
  const state = toPythonJson({
    quant_type: type,
    blocksize: block,
    dtype: checkOneOf('dtype', dtype, FLOATS),
    shape: [rows, columns],
    ...(nested && {
      nested_blocksize: nested.block,
      nested_dtype: 'float32',
      nested_offset: new PythonFloat(nested.offset),
    }),
  });
  const tensors = new Map<string, Tensor<'uint8' | 'float32'>>();
  tensors.set(name, new Tensor('uint8', codes, [codes.length, 1]));
  tensors.set(`${name}.absmax`, Tensor.from(nested === undefined ? (absmax as Float32Array) : nested.codes));
  tensors.set(`${name}.quant_map`, Tensor.from(codeTable(type)));
  if (nested !== undefined) {
    tensors.set(`${name}.nested_absmax`, Tensor.from(nested.scale));
    tensors.set(`${name}.nested_quant_map`, Tensor.from(nested.map));
  }
  tensors.set(stateName(name, type), Tensor.from(new TextEncoder().encode(state)));
  return tensors;
}

const stateName = (name: string, type: CodebookType) => `${name}.quant_state.bitsandbytes__${type}`;

/** True if there is a quantization state of bitsandbytes beside a tensor. */
export function isBitsandbytes(tensors: ReadonlyMap<string, unknown>, name: string): boolean {
  return CODEBOOK_TYPES.some((type) => tensors.has(stateName(name, type)));
}

/** What a map of tensors, such as readSafetensors gives, must hold. */
type Tensors = ReadonlyMap<string, Tensor>;

/**
 * The weights that bitsandbytes stored under a name. Leading dimensions of more than two become rows.
 *
 * @throws ERR_FILE, naming the tensor, for a state that is missing, malformed or does not fit the bytes, and for weights that
 *   are not finite; ERR_UNSUPPORTED for tables other than NF4's and FP4's own
 */
export function fromBitsandbytes(tensors: Tensors, name: string): CodebookWeights {
  const type = CODEBOOK_TYPES.find((one) => tensors.has(stateName(name, one)));
  if (type === undefined) throw makeError('ERR_FILE', `no quantization state of bitsandbytes beside ${show(name)}`);
  const key = stateName(name, type);
  const state = readQuantState(key, bytesAt(tensors, key), type);
  const { rows, columns, block } = state;
  const codes = bytesAt(tensors, name);
  checkLength(name, codes.length, Math.ceil((rows * columns) / 2));
  checkTable(`${name}.quant_map`, floatsAt(tensors, `${name}.quant_map`), type);
  const blocks = Math.ceil((rows * columns) / block);
  const absmax = state.nested === undefined ? floatsAt(tensors, `${name}.absmax`) : nestedAt(tensors, name, state);
  checkLength(`${name}.absmax`, absmax instanceof Float32Array ? absmax.length : absmax.codes.length, blocks);
  return { type, rows, columns, block, codes, absmax };
}

function nestedAt(tensors: Tensors, name: string, { nested }: QuantState): NestedAbsmax {
  const { block, offset } = nested as NonNullable<QuantState['nested']>;
  const codes = bytesAt(tensors, `${name}.absmax`);
  const scale = floatsAt(tensors, `${name}.nested_absmax`);
  checkLength(`${name}.nested_absmax`, scale.length, Math.ceil(codes.length / block));
  const map = floatsAt(tensors, `${name}.nested_quant_map`);
  checkLength(`${name}.nested_quant_map`, map.length, 256);
  return { codes, scale, offset, block, map };
}

function tensorAt(tensors: Tensors, name: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined || !isObject(tensor)) throw makeError('ERR_FILE', `tensor ${show(name)} is missing`);
  return tensor;
}

/** The bytes of a tensor of any type: bitsandbytes may keep codes as if they were floats. */
function bytesAt(tensors: Tensors, name: string): Uint8Array {
  const { data } = tensorAt(tensors, name);
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}

function floatsAt(tensors: Tensors, name: string): Float32Array {
  const { type, data } = tensorAt(tensors, name);
  if (type !== 'float32') throw makeError('ERR_FILE', `tensor ${show(name)} must be float32, got ${show(type)}`);
  const at = (data as Float32Array).findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw makeError('ERR_FILE', `tensor ${show(name)} must be finite, got ${String(data[at])} at ${at}`);
  return data as Float32Array;
}

function checkLength(name: string, length: number, expected: number): void {
  if (length !== expected)
    throw makeError('ERR_FILE', `tensor ${show(name)} must hold ${expected} values, as its state says, got ${length}`);
}

/** bitsandbytes' kernels know the tables by heart: a file with another one would not be read there either. */
function checkTable(name: string, found: Float32Array, type: CodebookType): void {
  const table = codeTable(type);
  if (found.length !== table.length || found.some((value, i) => Math.abs(value - table[i]!) > 1e-6))
    throw makeError('ERR_UNSUPPORTED', `tensor ${show(name)} is not the table of ${type}`);
}
