// Double quantization (QLoRA, section 3): the largest magnitudes of blocks are themselves rounded to 8 bits.
import { DYNAMIC_MAP, nearestOfMap } from './dynamic_map';

/** Magnitudes that share a scale. */
export const NESTED_BLOCK = 256;

/** absmax[i] = map[codes[i]] * scale[floor(i / block)] + offset. */
export interface NestedAbsmax {
  readonly codes: Uint8Array;
  /** The largest |absmax - offset| of each block. */
  readonly scale: Float32Array;
  /** The mean of all magnitudes. */
  readonly offset: number;
  readonly block: number;
  /** 256 values. */
  readonly map: Float32Array;
}

/** Rounds magnitudes to 8 bits around their mean, which is summed in double and rounded to float32. */
export function nestAbsmax(absmax: Float32Array): NestedAbsmax {
  const offset = absmax.length === 0 ? 0 : Math.fround(absmax.reduce((sum, value) => sum + value, 0) / absmax.length);
  const centred = absmax.map((value) => value - offset);
  const codes = new Uint8Array(absmax.length);
  const scale = new Float32Array(Math.ceil(absmax.length / NESTED_BLOCK));
  for (let block = 0; block < scale.length; block++) {
    const from = block * NESTED_BLOCK;
    const to = Math.min(from + NESTED_BLOCK, centred.length);
    let largest = 0;
    for (let i = from; i < to; i++) largest = Math.max(largest, Math.abs(centred[i]!));
    scale[block] = largest;
    if (largest === 0) continue; // any code stands for the mean
    const inverse = Math.fround(1 / largest);
    for (let i = from; i < to; i++) codes[i] = nearestOfMap(Math.fround(centred[i]! * inverse));
  }
  return { codes, scale, offset, block: NESTED_BLOCK, map: DYNAMIC_MAP };
}

/** The magnitudes that nestAbsmax's result stands for; product and sum are rounded to float32 each. */
export function unnestAbsmax({ codes, scale, offset, block, map }: NestedAbsmax): Float32Array {
  return Float32Array.from(codes, (code, i) => Math.fround(map[code]! * scale[Math.floor(i / block)]!) + offset);
}
