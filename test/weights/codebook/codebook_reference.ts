// Codes, magnitudes and their sums one value at a time: what native code answers to.
import { type CodebookType, codeTable, lookupOf } from '../../../lib/weights/codebook/code_tables';
import { packCodes } from '../../../lib/weights/codebook/codebook_weights';
import { DYNAMIC_MAP } from '../../../lib/weights/codebook/dynamic_map';

/** The code nearest to a finite float32 between -1 and 1. Of two equally near the lower one, in FP4 the one nearer to 0. */
export function nearestCode(type: CodebookType, x: number): number {
  const { bounds, codes } = lookupOf(type);
  if (type === 'nf4') return codes[bounds.reduce((below, bound) => below + (x > bound ? 1 : 0), 0)]!;
  const below = bounds.subarray(8).reduce((count, bound) => count + (Math.abs(x) > bound ? 1 : 0), 0); // of magnitudes
  return codes[8 + below]! + (x < 0 ? 8 : 0);
}

/** What a block's values are multiplied by before their codes are looked up, as bitsandbytes' kernels do. */
const inverseMagnitude = (absmax: number): number => Math.fround(1 / Math.max(absmax, 1e-38));

/** The code whose value is nearest to a finite x; of two equally near the even one, as bitsandbytes' search ends. */
export function nearestOfMap(x: number): number {
  let [low, high] = [0, DYNAMIC_MAP.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x > DYNAMIC_MAP[middle]!) low = middle;
    else high = middle;
  }
  const midpoint = Math.fround(Math.fround(DYNAMIC_MAP[low]! + DYNAMIC_MAP[high]!) / 2);
  if (x === midpoint) return low % 2 === 0 ? low : high;
  return x > midpoint ? high : low;
}

/** What nestAbsmax gives. */
export function nestedReference(absmax: Float32Array) {
  const offset = absmax.length === 0 ? 0 : Math.fround(absmax.reduce((sum, value) => sum + value, 0) / absmax.length);
  const codes = new Uint8Array(absmax.length);
  const scale = new Float32Array(Math.ceil(absmax.length / 256));
  for (let block = 0; block < scale.length; block++) {
    const centred = absmax.subarray(256 * block, 256 * (block + 1)).map((value) => value - offset);
    const largest = centred.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    scale[block] = largest;
    const inverse = Math.fround(1 / largest);
    if (largest > 0)
      codes.set(
        centred.map((value) => nearestOfMap(Math.fround(value * inverse))),
        256 * block,
      );
  }
  return { codes, scale, offset };
}

/** What encodeBlocks gives; `sums` and `moments` in no particular order of additions. */
export function encodedReference(type: CodebookType, data: Float32Array, block: number) {
  const codes = new Uint8Array(data.length);
  const [absmax, moments, table] = [[] as number[], [] as number[], codeTable(type)];
  let [errors, squares] = [0, 0];
  for (let begin = 0; begin < data.length; begin += block) {
    const values = data.subarray(begin, begin + block);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const inverse = inverseMagnitude(largest);
    let [first, second] = [0, 0];
    values.forEach((value, i) => {
      const code = nearestCode(type, Math.fround(value * inverse));
      codes[begin + i] = code;
      const error = value - Math.fround(table[code]! * largest);
      [errors, squares] = [errors + error * error, squares + value * value];
      [first, second] = [first + error * table[code]!, second + table[code]! ** 2];
    });
    absmax.push(largest);
    moments.push(largest === 0 ? 0 : first / largest, second);
  }
  return { codes: packCodes(codes), absmax: Float32Array.from(absmax), moments, sums: [errors, squares] };
}
