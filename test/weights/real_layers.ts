// Linear layers of the real models of ../shared/data, with the second moments of their inputs on real samples.
import path from 'node:path';
import { GraphIndex, readModel } from '../../lib/onnx';
import { openExecutor } from '../../lib/onnx/execute';
import type { Feeds } from '../../lib/onnx/model';
import { type WeightedLayer, weightedLayerOf } from '../../lib/onnx/prepare';
import { type FloatMatrix, GramMatrix } from '../../lib/weights';
import { readJson, readTensor } from '../../scripts/score/shared_files.mjs';

const DATA = path.join(__dirname, '..', '..', '..', 'shared', 'data');

export interface RealLayer {
  readonly name: string;
  readonly weight: FloatMatrix;
  /** Of inputs to calibrate on, and of others. */
  readonly seen: GramMatrix;
  readonly held: GramMatrix;
}

interface Source {
  readonly file: string;
  /** Feeds to calibrate on, and others. */
  open(): Promise<{
    readonly seen: readonly Feeds[];
    readonly held: readonly Feeds[];
    /** Positions of each of the others that are no padding; undefined where all count. */
    readonly lengths?: readonly number[] | undefined;
  }>;
}

const ints = (ids: ArrayLike<number>, columns: number) => ({
  type: 'int64' as const,
  dims: [ids.length / columns, columns],
  data: BigInt64Array.from(ids, BigInt),
});

/** Every `step`-th sentence, in batches of 64. */
function sentences(ids: ArrayLike<number>, step: number, batches: number): Feeds[] {
  return Array.from({ length: batches }, (_, b) => {
    const chosen = Array.from({ length: 64 }, (_, i) =>
      Array.from({ length: 48 }, (_, t) => ids[(b * 64 + i) * step * 48 + t]!),
    );
    const input = ints(chosen.flat(), 48);
    return { input_ids: input, attention_mask: { ...input, data: input.data.map((id) => (id === 0n ? 0n : 1n)) } };
  });
}

export const SOURCES = {
  banking77: {
    file: 'banking77-encoder/model_opset17.onnx',
    async open() {
      const { data: train } = await readTensor('banking77-encoder/train_ids_10003x48_i16.npy');
      const { data: test } = await readTensor('banking77-encoder/test_ids_3080x48_i32.npy');
      return { seen: sentences(train, 26, 6), held: sentences(test, 16, 3) };
    },
  },
  stories: {
    file: 'stories260k/stories260K_s128.onnx',
    async open() {
      const { seq, real, sampled } = readJson('stories260k/eval_tokens.json');
      const feeds = (list: number[][]) => list.map((ids) => ({ input_ids: ints(ids, seq) }));
      return { seen: feeds(sampled.ids), held: feeds(real.ids), lengths: real.lengths as number[] };
    },
  },
} satisfies Record<string, Source>;

function layerOf({ node, weight, outputs, inputs, outputFirst }: WeightedLayer): RealLayer {
  const values = weight.floats();
  const data = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++)
    data[outputFirst ? i : (i % outputs) * inputs + Math.floor(i / outputs)] = values[i]!;
  const [seen, held] = [new GramMatrix(inputs), new GramMatrix(inputs)];
  return { name: node.name || node.outputs[0]!, weight: { data, rows: outputs, columns: inputs }, seen, held };
}

export async function realLayers({ file, open }: Source): Promise<RealLayer[]> {
  const [model, samples] = [readModel(path.join(DATA, file)), await open()];
  const index = new GraphIndex(model.graph);
  const found = model.graph.nodes.flatMap((node) => weightedLayerOf(node, (name) => index.constant(name)) ?? []);
  const layers = found.map(layerOf);
  const executor = await openExecutor(model, { outputs: found.map(({ node }) => node.inputs[0]!), threads: 1 });
  for (const kind of ['seen', 'held'] as const)
    for (const [number, feeds] of samples[kind].entries()) {
      const values = await executor.run(feeds);
      const length = kind === 'held' ? samples.lengths?.[number] : undefined;
      found.forEach(({ node }, i) => {
        const { dims, data } = values[node.inputs[0]!]!;
        const columns = dims.at(-1)!;
        const rows = length ?? data.length / columns;
        const kept = (data as Float32Array<ArrayBuffer>).subarray(0, rows * columns);
        layers[i]![kind].add({ type: 'float32', dims: [rows, columns], data: kept });
      });
    }
  await executor.dispose();
  return layers;
}
