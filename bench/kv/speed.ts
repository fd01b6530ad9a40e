// Attention of one new token over a long cache: codes beside float16, in turns, layer after layer, so that every layer comes from
// memory if all layers together are larger than the caches.
import { Random, summarizeTimes, type Times } from '../../lib/statistics';
import { Tensor } from '../../lib/tensor';
import { attention, KvCache } from '../../lib/turboquant';

export interface KvForm {
  readonly keyBits: number;
  readonly valueBits: number;
  readonly headDim: number;
  readonly kvHeads: number;
  readonly queryHeads: number;
  readonly tokens: number;
  /** Of the caches: 0 for as many as make the codes larger than 64 MiB. */
  readonly layers: number;
  readonly rounds: number;
}

export interface KvSpeed {
  readonly layers: number;
  /** Bytes of all layers. */
  readonly codeBytes: number;
  readonly float16Bytes: number;
  /** Of one layer, in microseconds. */
  readonly codes: Times;
  readonly float16: Times;
  /** float16 / codes: of the bests, and of the medians. */
  readonly ratio: number;
  readonly medianRatio: number;
}

const LEAST_BYTES = 64 * 2 ** 20;
const CHUNK = 256;

interface Layer {
  readonly k: Tensor<'float16'>;
  readonly v: Tensor<'float16'>;
}

function normals(random: Random, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => random.normal());
}

/** Normal float16 bits between 0.03 and 2 of both signs: attention's time does not depend on the values. */
function halves(random: Random, count: number): Uint16Array {
  return Uint16Array.from({ length: count }, () => {
    const bits = random.next();
    return ((bits & 1) << 15) | (0x2800 + ((bits >>> 1) % 0x1800));
  });
}

function cacheOf(form: KvForm, layers: number, random: Random): KvCache {
  const cache = new KvCache({
    ...{ layers, kvHeads: form.kvHeads, headDim: form.headDim, window: 0, sinks: 0, center: false },
    ...{ keys: { bits: form.keyBits }, values: { bits: form.valueBits } },
  });
  const dims = [CHUNK, form.kvHeads, form.headDim];
  const chunk = () => new Tensor('float32', normals(random, CHUNK * form.kvHeads * form.headDim), dims);
  const [k, v] = [chunk(), chunk()];
  const part = (x: Tensor<'float32'>, tokens: number) =>
    new Tensor('float32', x.data.subarray(0, tokens * form.kvHeads * form.headDim), [tokens, ...dims.slice(1)]);
  for (let layer = 0; layer < layers; layer++)
    for (let at = 0; at < form.tokens; at += CHUNK) {
      const tokens = Math.min(CHUNK, form.tokens - at);
      cache.append(layer, part(k, tokens), part(v, tokens));
    }
  return cache;
}

function time(run: () => void): number {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start) / 1000;
}

export function measureKvSpeed(form: KvForm): KvSpeed {
  const random = new Random(form.tokens, form.headDim);
  const single = (form.tokens * form.kvHeads * (form.headDim * (form.keyBits + form.valueBits) + 32)) / 8;
  const layers = form.layers || Math.floor(LEAST_BYTES / single) + 1;
  const cache = cacheOf(form, layers, random);
  const count = form.tokens * form.kvHeads * form.headDim;
  const dims = [form.tokens, form.kvHeads, form.headDim];
  const tensor = () => new Tensor('float16', halves(random, count), dims);
  const floats: Layer[] = Array.from({ length: layers }, () => ({ k: tensor(), v: tensor() }));
  const q = new Tensor('float32', normals(random, form.queryHeads * form.headDim), [1, form.queryHeads, form.headDim]);
  const out = new Float32Array(q.data.length);
  const codes: number[] = [];
  const float16: number[] = [];
  for (let round = 0; round <= form.rounds; round++)
    for (const [layer, { k, v }] of floats.entries()) {
      const times = [time(() => cache.attend(layer, q, { out })), time(() => attention(q, k, v, { out }))];
      if (round === 0) continue; // pages are touched for the first time
      codes.push(times[0]!);
      float16.push(times[1]!);
    }
  const [ofCodes, ofFloats] = [summarizeTimes(codes), summarizeTimes(float16)];
  return {
    ...{ layers, codeBytes: cache.byteLength, float16Bytes: 4 * count * layers },
    ...{ codes: ofCodes, float16: ofFloats },
    ...{ ratio: ofFloats.best / ofCodes.best, medianRatio: ofFloats.median / ofCodes.median },
  };
}
