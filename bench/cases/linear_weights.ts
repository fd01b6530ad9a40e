// A layer with its weights in every format, side by side: where rows are few, what counts is the bytes of the weights, and copies of
// them take turns, so that each call reads its own from memory, as the layers of a large model do.
import { dequantizeBlocks, packNibbles, roundToNearest } from '../../lib/weights';
import type { CaseContext, Contestant, PeerFactory, Work } from '../contestant';
import { matMulInt4Model, peerTensor } from '../peers/peer_models';
import { atSpots, compareRelative, productSpots } from '../verify';
import type { GemmShape } from './gemm_cases';
import { createLayerOperands, type LayerOperands } from './layer_operands';
import { BLOCK, TIMED_FORMATS, type TimedFormat } from './weight_formats';

/** Up to so many rows, weights come from memory. */
const FEW_ROWS = 8;
/** The contestant that a peer's weights of 4 bits are compared to. */
const INT4 = 'octavo int4';
/** What MatMulNBits may differ by from the product of its weights: its rows have 8 bits too, in blocks. */
const PEER_TOLERANCE = 0.02;

/** What one call does with weights of so many bytes, and how many copies of them it takes. */
interface Turns {
  readonly work: Work;
  readonly copies: number;
}

interface Weights {
  readonly bytes: number;
  readonly arithmetic: Work['arithmetic'];
}

function turnsOf({ m, n, k }: GemmShape, weights: Weights, coldBytes: number): Turns {
  const copies = m > FEW_ROWS ? 1 : Math.max(1, Math.ceil(coldBytes / weights.bytes));
  const bytes = 4 * m * k + weights.bytes + 4 * m * n;
  const resident = Math.max(bytes, copies * weights.bytes);
  const { arithmetic } = weights;
  return { work: { operations: 2 * m * n * k, arithmetic, bytes, traffic: 'read', resident }, copies };
}

const inTurn = <T>(all: readonly T[]): (() => T) => {
  let turn = 0;
  return () => all[turn++ % all.length] as T;
};

type Check = (out: ArrayLike<number>) => string | undefined;

/** Compares with the product that weights stand for, at places that plain JavaScript computed. */
function checkOf({ shape, x }: LayerOperands, weights: Float32Array, tolerance: number): Check {
  const spots = productSpots(x.data, weights, shape, 'transposed');
  return (out) => compareRelative(atSpots(out, spots), spots.values, tolerance);
}

function formatContestant(operands: LayerOperands, format: TimedFormat, coldBytes: number): Contestant {
  const { shape, x } = operands;
  const { create, values, bytes } = format.prepare(operands);
  const { work, copies } = turnsOf(shape, { bytes, arithmetic: format.arithmetic }, coldBytes);
  const check = checkOf(operands, values, format.tolerance);
  const layers = Array.from({ length: copies }, create);
  const next = inTurn(layers);
  const options = { out: new Float32Array(shape.m * shape.n) };
  return {
    name: `octavo ${format.name}`,
    work,
    call: { kind: 'sync', run: () => void next().forward(x, options) },
    verify: () => check(options.out),
    dispose: () => {
      for (const layer of layers) layer.dispose();
    },
  };
}

async function peerContestant(operands: LayerOperands, peer: PeerFactory, coldBytes: number): Promise<Contestant> {
  const { shape, x, weight } = operands;
  const { m, n, k } = shape;
  const matrix = { data: weight.data, rows: n, columns: k };
  const weights = roundToNearest(matrix, { type: 'uint4', block: BLOCK, symmetric: true, clip: 'range' });
  const check = checkOf(operands, dequantizeBlocks(weights), PEER_TOLERANCE);
  const nibbles = peerTensor(packNibbles(weights.values), [n, k / BLOCK, BLOCK / 2]);
  const scale = peerTensor(weights.scale, [weights.scale.length]);
  const y = peerTensor(new Float32Array(m * n), [m, n]);
  const model = matMulInt4Model(peerTensor(x.data, [m, k]), { nibbles, scale, block: BLOCK }, y);
  const bytes = nibbles.data.byteLength + scale.data.byteLength;
  const { work, copies } = turnsOf(shape, { bytes, arithmetic: 'int8' }, coldBytes);
  const sessions: Awaited<ReturnType<PeerFactory['create']>>[] = [];
  for (let i = 0; i < copies; i++) sessions.push(await peer.create(model));
  const next = inTurn(sessions);
  return {
    name: `${peer.name} int4`,
    baseline: INT4,
    work,
    call: { kind: 'async', run: async () => next().call.run() },
    verify: () => check(y.data),
    ...(sessions[0]?.settle !== undefined && { settle: sessions[0].settle }),
    dispose: async () => {
      for (const session of sessions) await session.dispose?.();
    },
  };
}

export async function prepareWeights(
  shape: GemmShape,
  { onnxruntime: peer, coldBytes }: CaseContext,
): Promise<Contestant[]> {
  const operands = createLayerOperands(shape);
  return [
    ...TIMED_FORMATS.map((format) => formatContestant(operands, format, coldBytes)),
    ...(peer === undefined ? [] : [await peerContestant(operands, peer, coldBytes)]),
  ];
}
