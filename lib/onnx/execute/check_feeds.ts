// Checks what is fed to a model against what its inputs say.
import { productOf } from '../../tensor/tensor';
import { isObject, show } from '../../validate';
import { onnxError } from '../errors';
import { allocateArray, byteLengthOf, elementTypeOf, type Feeds, type TensorValue, type ValueInfo } from '../model';

/** How messages show a shape: [N, 3, ?, 224]. */
export function showDims(dims: readonly (number | string | null)[] | undefined): string {
  return dims === undefined ? 'of any rank' : `[${dims.map((dim) => dim ?? '?').join(', ')}]`;
}

function describe({ type }: ValueInfo): string {
  if (type?.kind !== 'tensor') return 'a tensor';
  return `${type.elementType ?? 'a tensor'} ${showDims(type.dims)}`;
}

/** Codes of TensorProto.DataType are small. */
const TYPES: ReadonlySet<unknown> = new Set(Array.from({ length: 64 }, (_, code) => elementTypeOf(code) ?? ''));

const arrayNameOf = (data: unknown): string => Object.prototype.toString.call(data).slice(8, -1);

/** Throws ERR_DTYPE or ERR_SHAPE unless the data are the kind and the number of values that type and dims ask for. */
function checkData(tensor: string, { type, dims, data }: TensorValue): void {
  const count = productOf(dims);
  if (type === 'string') {
    if (!Array.isArray(data))
      throw onnxError('ERR_DTYPE', `input '${tensor}': expected an array of strings, got ${show(data)}`, { tensor });
    if (data.length !== count)
      throw onnxError('ERR_SHAPE', `input '${tensor}': ${data.length} strings do not fit ${showDims(dims)}`, {
        tensor,
      });
    return;
  }
  const expected = arrayNameOf(allocateArray(type, 0));
  const found = arrayNameOf(data);
  if (found !== expected && !(type === 'float16' && found === 'Float16Array'))
    throw onnxError('ERR_DTYPE', `input '${tensor}': ${type} data lie in ${expected}, got ${show(data)}`, { tensor });
  const bytes = (data as Uint8Array).byteLength;
  if (bytes !== byteLengthOf(type, count))
    throw onnxError(
      'ERR_SHAPE',
      `input '${tensor}': ${type} ${showDims(dims)} takes ${byteLengthOf(type, count)} bytes, got ${bytes}`,
      { tensor },
    );
}

const isDims = (dims: unknown): dims is readonly number[] =>
  Array.isArray(dims) && dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0);

function checkFeed(input: ValueInfo, value: TensorValue): void {
  const { name: tensor, type } = input;
  const expected = `expected ${describe(input)}`;
  if (!isObject(value) || !isDims(value.dims) || value.type === ('' as unknown) || !TYPES.has(value.type))
    throw onnxError('ERR_DTYPE', `input '${tensor}': ${expected} as { type, dims, data }, got ${show(value)}`, {
      tensor,
    });
  const got = `got ${value.type} ${showDims(value.dims)}`;
  if (type?.kind === 'tensor') {
    if (type.elementType !== undefined && type.elementType !== value.type)
      throw onnxError('ERR_DTYPE', `input '${tensor}': ${expected}, ${got}`, { tensor });
    const fits =
      type.dims === undefined ||
      (type.dims.length === value.dims.length &&
        type.dims.every((dim, axis) => typeof dim !== 'number' || dim === value.dims[axis]));
    if (!fits) throw onnxError('ERR_SHAPE', `input '${tensor}': ${expected}, ${got}`, { tensor });
  }
  checkData(tensor, value);
}

/** @throws ERR_RANGE, ERR_DTYPE or ERR_SHAPE, naming the input, what it expects and what came */
export function checkFeeds(inputs: readonly ValueInfo[], feeds: Feeds): void {
  if (!isObject(feeds)) throw onnxError('ERR_DTYPE', `expected an object of tensors by input name, got ${show(feeds)}`);
  const known = inputs.map(({ name }) => name);
  const list = known.map((name) => `'${name}'`).join(', ');
  for (const tensor of Object.keys(feeds))
    if (!known.includes(tensor))
      throw onnxError('ERR_RANGE', `the model has no input '${tensor}'; its inputs are ${list}`, { tensor });
  for (const input of inputs) {
    const value = feeds[input.name];
    if (value === undefined)
      throw onnxError('ERR_RANGE', `input '${input.name}' is missing: expected ${describe(input)}`, {
        tensor: input.name,
        hint: `Feed every input of the model: ${list}.`,
      });
    checkFeed(input, value);
  }
}
