// TurboQuant_prod: codes of one bit less, and a sketch of what they leave.
import { makeError } from '../../errors';
import { matmulFloat32 } from '../../matmul';
import { Tensor, type TensorLike } from '../../tensor/tensor';
import { checkInteger, isObject, reject } from '../../validate';
import { checkSeed } from '../codec/code_format';
import type { Codes } from '../codec/codes';
import { TurboQuant } from '../codec/turbo_quant';
import { vectorRows } from '../codec/vector_rows';
import type { SketchMatrix } from './gaussian_matrix';
import { Qjl, type QjlSketches } from './qjl';

export interface TurboQuantProdOptions {
  /** Values of a vector, from 8 to 4,096. */
  readonly dim: number;
  /** Bits of a value, from 1 to 8, one of them the sketch's. */
  readonly bits: number;
  /** Default `gaussian`, as the paper has it. */
  readonly matrix?: SketchMatrix | undefined;
  readonly seed?: number | bigint | undefined;
}

/** The codes of bits - 1 bits, absent for one bit, and the sketches of the rest. */
export interface ProdCodes {
  readonly codes: Codes | undefined;
  readonly rest: QjlSketches;
}

/**
 * Algorithm 2 of TurboQuant (arXiv 2504.19874): codes of bits - 1 bits with the scale `paper`, a QJL sketch of the rest, and the sum of both
 * products, which is right on average.
 *
 * For reproduction of papers only: codes of `bits` bits with the scale `unbiased` are as unbiased, and have from 2 bits on a half to a
 * seventh of its variance, with less to store.
 */
export class TurboQuantProd {
  readonly dim: number;
  readonly bits: number;
  readonly #codec: TurboQuant | undefined;
  readonly #qjl: Qjl;

  /** @throws ERR_DTYPE, ERR_RANGE */
  constructor(options: TurboQuantProdOptions) {
    if (!isObject(options)) reject('options', 'an object with dim and bits', options, 'ERR_DTYPE');
    const { dim, matrix } = options;
    this.bits = checkInteger('bits', options.bits, 1, 8);
    const seed = checkSeed(options.seed ?? 0);
    // Words of neighbouring seeds are those of the rotation's rounds.
    this.#qjl = new Qjl({ dim, matrix, seed: seed ^ (1n << 63n) });
    this.dim = this.#qjl.dim;
    this.#codec = this.bits === 1 ? undefined : new TurboQuant({ dim, bits: this.bits - 1, scale: 'paper', seed });
  }

  /** Codes of float32 [..., dim]. Throws as TurboQuant.encode. */
  encode(x: TensorLike<'float32'>): ProdCodes {
    const { data, m, stride } = vectorRows('x', x, this.dim);
    const codes = this.#codec?.encode(x);
    const base = codes === undefined ? undefined : this.#codec?.decode(codes).data;
    const rest = Float32Array.from({ length: m * this.dim }, (_, at) => {
      const value = data[Math.floor(at / this.dim) * stride + (at % this.dim)]!;
      return base === undefined ? value : value - base[at]!;
    });
    return { codes, rest: this.#qjl.sketch(new Tensor('float32', rest, [m, this.dim])) };
  }

  /** Estimates of products, float32 [queries, count]. */
  score(encoded: ProdCodes, queries: TensorLike<'float32'>): Tensor<'float32'> {
    if (!isObject(encoded)) reject('encoded', 'what encode() returned', encoded, 'ERR_DTYPE');
    const { codes, rest } = encoded;
    const estimates = this.#qjl.estimate(rest, queries);
    if (codes === undefined || this.#codec === undefined) return estimates;
    const { data, m, stride } = vectorRows('queries', queries, this.dim);
    const decoded = this.#codec.decode(codes).data;
    const [count, dim] = [codes.count, this.dim];
    if (estimates.dims[1] !== count)
      throw makeError('ERR_SHAPE', `${count} vectors must have as many sketches, got ${estimates.dims[1]}`);
    const columns = Float32Array.from(decoded, (_, at) => decoded[(at % count) * dim + Math.floor(at / count)]!);
    const x = { type: 'float32', dims: [m, dim], data, strides: [stride, 1] } as const;
    const products = matmulFloat32(x, new Tensor('float32', columns, [dim, count])).data;
    return new Tensor(
      'float32',
      estimates.data.map((value, at) => value + products[at]!),
      [m, count],
    );
  }
}
