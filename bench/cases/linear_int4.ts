// A layer with weights of 4 bits, beside the same in 8: where rows are few, what counts is the bytes of the weights, and copies of them
// take turns, so that each call reads its own from memory, as the layers of a large model do.
import { QuantizedLinear } from '../../lib/linear';
import { type BlockWeights, dequantizeBlocks, packNibbles, roundToNearest } from '../../lib/weights';
import type { CaseContext, Contestant, PeerFactory, Work } from '../contestant';
import { matMulInt4Model, peerTensor } from '../peers/peer_models';
import { atSpots, compareRelative, productSpots } from '../verify';
import type { GemmShape } from './gemm_cases';
import { createLayerOperands, type LayerOperands } from './layer_operands';

/** Weights that share a scale. */
const BLOCK = 128;
/** Up to so many rows, weights come from memory. */
const FEW_ROWS = 8;
/** What rounding rows to 8 bits may cost, root mean square, weights of 4 bits being what they are. */
const ROWS_TOLERANCE = 0.02;

/** What one call does with weights of so many bytes, and how many copies of them it takes. */
interface Turns {
  readonly work: Work;
  readonly copies: number;
}

function turnsOf({ m, n, k }: GemmShape, weightBytes: number, coldBytes: number): Turns {
  const copies = m > FEW_ROWS ? 1 : Math.max(1, Math.ceil(coldBytes / weightBytes));
  const bytes = 4 * m * k + weightBytes + 4 * m * n;
  const resident = Math.max(bytes, copies * weightBytes);
  return { work: { operations: 2 * m * n * k, arithmetic: 'int8', bytes, traffic: 'read', resident }, copies };
}

const inTurn = <T>(all: readonly T[]): (() => T) => {
  let turn = 0;
  return () => all[turn++ % all.length] as T;
};

type Check = (out: ArrayLike<number>) => string | undefined;

/** Compares with the product that weights stand for, at places that plain JavaScript computed. */
function checkOf({ shape, x }: LayerOperands, weights: Float32Array): Check {
  const spots = productSpots(x.data, weights, shape, 'transposed');
  return (out) => compareRelative(atSpots(out, spots), spots.values, ROWS_TOLERANCE);
}

function int4Contestant(
  { shape, x }: LayerOperands,
  weights: BlockWeights,
  check: Check,
  coldBytes: number,
): Contestant {
  const first = QuantizedLinear.from({ weight: weights });
  const { work, copies } = turnsOf(shape, first.byteLength, coldBytes);
  const layers = [first, ...Array.from({ length: copies - 1 }, () => QuantizedLinear.from({ weight: weights }))];
  const next = inTurn(layers);
  const options = { out: new Float32Array(shape.m * shape.n) };
  return {
    name: 'octavo int4',
    work,
    call: { kind: 'sync', run: () => void next().forward(x, options) },
    verify: () => check(options.out),
    dispose: () => {
      for (const layer of layers) layer.dispose();
    },
  };
}

function int8Contestant(operands: LayerOperands, coldBytes: number): Contestant {
  const { shape, x, weight } = operands;
  const { work, copies } = turnsOf(shape, shape.k * shape.n, coldBytes);
  const layers = Array.from({ length: copies }, () => QuantizedLinear.from({ weight }, { activations: 'dynamic' }));
  const next = inTurn(layers);
  const options = { out: new Float32Array(shape.m * shape.n) };
  const check = checkOf(operands, weight.data);
  return {
    name: 'octavo int8',
    work,
    call: { kind: 'sync', run: () => void next().forward(x, options) },
    verify: () => check(options.out),
    dispose: () => {
      for (const layer of layers) layer.dispose();
    },
  };
}

async function peerContestant(
  { shape, x }: LayerOperands,
  weights: BlockWeights,
  check: Check,
  { peer, coldBytes }: { readonly peer: PeerFactory; readonly coldBytes: number },
): Promise<Contestant> {
  const { m, n, k } = shape;
  const nibbles = peerTensor(packNibbles(weights.values), [n, k / BLOCK, BLOCK / 2]);
  const scale = peerTensor(weights.scale, [weights.scale.length]);
  const y = peerTensor(new Float32Array(m * n), [m, n]);
  const model = matMulInt4Model(peerTensor(x.data, [m, k]), { nibbles, scale, block: BLOCK }, y);
  const { work, copies } = turnsOf(shape, nibbles.data.byteLength + scale.data.byteLength, coldBytes);
  const sessions: Awaited<ReturnType<PeerFactory['create']>>[] = [];
  for (let i = 0; i < copies; i++) sessions.push(await peer.create(model));
  const next = inTurn(sessions);
  return {
    name: `${peer.name} int4`,
    work,
    call: { kind: 'async', run: async () => next().call.run() },
    verify: () => check(y.data),
    ...(sessions[0]?.settle !== undefined && { settle: sessions[0].settle }),
    dispose: async () => {
      for (const session of sessions) await session.dispose?.();
    },
  };
}

export async function prepareInt4(
  shape: GemmShape,
  { onnxruntime: peer, coldBytes }: CaseContext,
): Promise<Contestant[]> {
  const operands = createLayerOperands(shape);
  const matrix = { data: operands.weight.data, rows: shape.n, columns: shape.k };
  const weights = roundToNearest(matrix, { type: 'uint4', block: BLOCK, symmetric: true, clip: 'range' });
  const check = checkOf(operands, dequantizeBlocks(weights));
  return [
    int4Contestant(operands, weights, check, coldBytes),
    int8Contestant(operands, coldBytes),
    ...(peer === undefined ? [] : [await peerContestant(operands, weights, check, { peer, coldBytes })]),
  ];
}
