// Double quantization (QLoRA, section 3): the largest magnitudes of blocks are themselves rounded to 8 bits.
import { addon } from '../../addon';
import { DYNAMIC_MAP } from './dynamic_map';

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

/**
 * Rounds magnitudes to 8 bits around their mean, which is summed in double and rounded to float32. Of two values of the map that
 * are equally near, a magnitude gets the one with the even code.
 */
export function nestAbsmax(absmax: Float32Array): NestedAbsmax {
  const call = nestingOf(absmax);
  addon.nestMagnitudes(...call);
  return nestedOf(call);
}

/** As nestAbsmax, off the event loop. */
export async function nestAbsmaxAsync(absmax: Float32Array): Promise<NestedAbsmax> {
  const call = nestingOf(absmax);
  await addon.nestMagnitudesAsync(...call);
  return nestedOf(call);
}

type Call = Parameters<typeof addon.nestMagnitudes>;

function nestingOf(absmax: Float32Array): Call {
  const scale = new Float32Array(Math.ceil(absmax.length / NESTED_BLOCK));
  return [absmax, DYNAMIC_MAP, new Uint8Array(absmax.length), scale, new Float32Array(1)];
}

function nestedOf([, map, codes, scale, offset]: Call): NestedAbsmax {
  return { codes, scale, offset: offset[0]!, block: NESTED_BLOCK, map };
}

/** The magnitudes that nestAbsmax's result stands for; product and sum are rounded to float32 each. */
export function unnestAbsmax({ codes, scale, offset, block, map }: NestedAbsmax): Float32Array {
  const absmax = new Float32Array(codes.length);
  for (let i = 0; i < absmax.length; i++)
    absmax[i] = Math.fround(map[codes[i]!]! * scale[Math.floor(i / block)]!) + offset;
  return absmax;
}
