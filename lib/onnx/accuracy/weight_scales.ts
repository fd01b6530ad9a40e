// Which scale and zero point each weight has.
import type { TensorParams } from '../decisions';

/** The least and the greatest integer of a type that weights can have, as schemes use them. */
const RANGES = { int8: [-127, 127], uint8: [0, 255], int4: [-8, 7], uint4: [0, 15] } as const;

export type WeightType = keyof typeof RANGES;

export const isWeightType = (type: string): type is WeightType => Object.hasOwn(RANGES, type);

export const integersOf = (type: WeightType): readonly [number, number] => RANGES[type];

export type ScaleParams = Pick<TensorParams, 'scale' | 'zeroPoint' | 'axis' | 'block'>;

/** For each value of a tensor, the index of its scale: along an axis, or in blocks along it. */
export function scaleIndex(dims: readonly number[], { scale, axis, block }: ScaleParams): (at: number) => number {
  if (axis === undefined || scale.length === 1) return () => 0;
  const place = axis < 0 ? axis + dims.length : axis;
  const length = dims[place] ?? 1;
  const inner = dims.slice(place + 1).reduce((product, dim) => product * dim, 1);
  if (block === undefined) return (at) => Math.floor(at / inner) % length;
  const blocks = Math.ceil(length / block);
  return (at) => {
    const along = Math.floor(at / inner) % length;
    return (Math.floor(at / (inner * length)) * blocks + Math.floor(along / block)) * inner + (at % inner);
  };
}
