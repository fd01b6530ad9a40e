// GatherBlockQuantized of com.microsoft: rows of a table of few bits, in blocks with a scale of their own.
import type { Call } from '../call';
import { encode, type NumberArray, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';

interface Table {
  readonly rows: number;
  readonly columns: number;
  readonly block: number;
  readonly values: (row: number, column: number) => number;
  readonly zeros: (row: number, index: number) => number;
}

/** Values of uint8 tables with `bits` bits, the first lowest, each row whole bytes; other tables are unpacked already. */
function reader(numbers: NumberArray, rowBytes: number, bits: number): (row: number, i: number) => number {
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  return (at, i) => (numbers[at * rowBytes + Math.floor(i / perByte)]! >>> ((i % perByte) * bits)) & mask;
}

function tableOf(call: Call): Table {
  const dims = call.dims(0);
  const plain = dims.length === 2 && call.int('gather_axis', 0) === 0 && [1, -1].includes(call.int('quantize_axis', 1));
  if (!plain) call.fail('only rows of matrices, in blocks along them, can be gathered', 'ERR_UNSUPPORTED');
  const [rows, width] = dims as [number, number];
  const bytes = call.type(0) === 'uint8';
  const bits = bytes ? call.int('bits', 4) : 8;
  if (![4, 8].includes(bits)) call.fail(`values of ${bits} bits`, 'ERR_UNSUPPORTED');
  const block = call.int('block_size', 128);
  const columns = (width * 8) / bits;
  const blocks = Math.ceil(columns / block);
  if (!(block > 0) || call.dims(2).at(-1) !== blocks || call.numbers(2).length !== rows * blocks)
    call.fail(`scales [${call.dims(2).join(', ')}] do not fit ${rows} rows of ${columns} in blocks of ${block}`);
  return { rows, columns, block, values: valuesOf(call, bits), zeros: zerosOf(call, blocks, bits) };
}

function valuesOf(call: Call, bits: number): Table['values'] {
  const numbers = call.numbers(0);
  const width = call.dims(0)[1]!;
  return call.type(0) === 'uint8' ? reader(numbers, width, bits) : (at, i) => numbers[at * width + i]!;
}

/** Without zero points, uint8 tables have half of their range. */
function zerosOf(call: Call, blocks: number, bits: number): Table['zeros'] {
  const bytes = call.type(0) === 'uint8';
  if (!call.has(3)) return () => (bytes ? 2 ** (bits - 1) : 0);
  const numbers = call.numbers(3);
  return bytes ? reader(numbers, Math.ceil((blocks * bits) / 8), bits) : (at, i) => numbers[at * blocks + i]!;
}

const gatherBlockQuantized: Operator = (call) => {
  const { rows, columns, block, values, zeros } = tableOf(call);
  const [indices, scales] = [call.numbers(1), call.floats(2)];
  const dims = [...call.dims(1), columns];
  const out = scratch('float32', dims) as Float32Array;
  const blocks = Math.ceil(columns / block);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!(index >= -rows && index < rows)) call.fail(`index ${index} is outside of ${rows} rows`, 'ERR_RANGE');
    const at = index < 0 ? index + rows : index;
    for (let j = 0; j < columns; j++) {
      const b = Math.floor(j / block);
      out[i * columns + j] = (values(at, j) - zeros(at, b)) * scales[at * blocks + b]!;
    }
  }
  return [encode(call.type(2), dims, out)];
};

export const MICROSOFT_GATHERS: Family = { GatherBlockQuantized: row(1, gatherBlockQuantized) };
