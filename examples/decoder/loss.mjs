// How much a decoder loses when all its keys and values are codes: generates through a KvCache token by token, with no window.
// Usage: node examples/decoder/loss.mjs [folder] [sequences] [weights] [bits of keys/bits of values ...]
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Tensor } from 'octavo';
import { attention, KvCache } from 'octavo/turboquant';
import { Decoder, lossOf } from './decoder.mjs';

const FORMS = [
  [8, 8],
  [4, 4],
  [4, 3],
  [4, 2],
  [3, 3],
  [3, 2],
  [2, 2],
];

/** Whole sequences at once over float32 keys and values: the mean loss, and the keys of each layer. */
export function runFloat(decoder, sequences) {
  const keys = decoder.layers.map(() => []);
  let [loss, count] = [0, 0];
  for (const ids of sequences) {
    const logits = decoder.forward(ids.slice(0, -1), 0, (layer, q, k, v) => {
      keys[layer].push(k.data);
      return attention(q, k, v);
    });
    loss += lossOf(logits, ids.slice(1), decoder.vocabulary);
    count += ids.length - 1;
  }
  return { loss: loss / count, keys };
}

/** A cache whose means are those of other sequences' keys: no token waits for them in float16, every one is a code at once. */
export function calibratedCache(decoder, keys, [keyBits, valueBits]) {
  const { kvHeads, headDim } = decoder;
  const cache = new KvCache({
    layers: decoder.layers.length,
    kvHeads,
    headDim,
    keys: { bits: keyBits },
    values: { bits: valueBits },
    window: 0,
    sinks: 0,
  });
  for (const [layer, parts] of keys.entries()) {
    const data = Float32Array.from(parts.flatMap((part) => [...part]));
    cache.calibrate(layer, new Tensor('float32', data, [data.length / (kvHeads * headDim), kvHeads, headDim]));
  }
  return cache;
}

/** The mean loss of sequences that go through the cache one token after the other. */
export function runCache(decoder, cache, sequences) {
  let [loss, count] = [0, 0];
  for (const ids of sequences) {
    cache.truncate(0);
    for (let position = 0; position + 1 < ids.length; position++) {
      const logits = decoder.forward([ids[position]], position, (layer, q, k, v) => {
        cache.append(layer, k, v);
        return cache.attend(layer, q);
      });
      loss += lossOf(logits, [ids[position + 1]], decoder.vocabulary);
    }
    count += ids.length - 1;
  }
  return loss / count;
}

export function readSequences(folder) {
  const { eval_ids: evaluation, calib_ids: calibration } = JSON.parse(
    readFileSync(path.join(folder, 'eval_tokens.json'), 'utf8'),
  );
  return { evaluation, calibration };
}

function main([folder = '../shared/data/shakespeare-head64', most = '60', weights = 'float32', ...forms]) {
  const decoder = new Decoder(folder, weights);
  const { evaluation, calibration } = readSequences(folder);
  const sequences = evaluation.slice(0, Number(most));
  const { loss: float } = runFloat(decoder, sequences);
  console.log(`${sequences.length} sequences, weights ${weights}, float32 keys and values: ${float.toFixed(4)} nats`);
  const { keys } = runFloat(decoder, calibration);
  for (const form of forms.length > 0 ? forms.map((text) => text.split('/').map(Number)) : FORMS) {
    const cache = calibratedCache(decoder, keys, form);
    const loss = runCache(decoder, cache, sequences);
    const { bitsPerValue } = cache.memory();
    const change = (100 * (loss / float - 1)).toFixed(2);
    console.log(`K${form[0]}/V${form[1]}  ${bitsPerValue} bits a value  ${loss.toFixed(4)} nats  ${change} %`);
  }
}

if (process.argv[1] === import.meta.filename) main(process.argv.slice(2));
