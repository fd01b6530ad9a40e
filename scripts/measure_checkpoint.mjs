// Makes a synthetic checkpoint of 1 GB and measures its conversion: MB of float32 a second, and the most memory that it takes.
// Usage: node scripts/measure_checkpoint.mjs [format] [dtype: F32 | BF16] [bytes]
//
// Each conversion is a process of its own, three times; the source then lies in the page cache. Threads are those that the process
// may use: `taskset -c 0,1` makes them two.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const [format = 'nf4', dtype = 'F32', size = '1e9', step] = process.argv.slice(2);
const RUNS = 3;

/** Layers of a decoder with 4,096 channels, until there are enough bytes, between a table and a head. */
function plansOf(bytes) {
  const width = dtype === 'BF16' ? 2 : 4;
  const plans = [
    { name: 'model.embed_tokens.weight', dtype, dims: [1000, 4096] },
    { name: 'lm_head.weight', dtype, dims: [1000, 4096] },
  ];
  const shapes = {
    'self_attn.q_proj': [4096, 4096],
    'self_attn.k_proj': [1024, 4096],
    'mlp.down_proj': [4096, 11_008],
  };
  let left = bytes - 2 * 1000 * 4096 * width;
  for (let layer = 0; left > 0; layer++)
    for (const [name, [rows, columns]] of Object.entries(shapes)) {
      const kept = Math.min(rows, Math.ceil(left / (columns * width)));
      if (kept <= 0) break;
      plans.push({ name: `model.layers.${layer}.${name}.weight`, dtype, dims: [kept, columns] });
      left -= kept * columns * width;
    }
  return plans;
}

/** A stretch of normal values that repeats; what it is does not matter to the time. */
function normals(count) {
  const values = new Float32Array(count);
  let state = 7;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  for (let i = 0; i < count; i++) values[i] = 0.02 * Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
  if (dtype === 'F32') return values;
  return Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
}

async function make(file) {
  const { SafetensorsWriter } = require('../dist/lib/safetensors');
  const writer = SafetensorsWriter.create(file, plansOf(Number(size)));
  const data = normals(2 ** 20);
  for (const { name, dims } of plansOf(Number(size)))
    for (let left = dims[0] * dims[1]; left > 0; left -= data.length) await writer.write(name, data.subarray(0, left));
  await writer.finish();
}

async function convert(source, target) {
  const { convertCheckpoint } = require('../dist/lib/checkpoint');
  const start = performance.now();
  const { total, sourceBytes, targetBytes } = await convertCheckpoint(source, target, { format });
  const seconds = (performance.now() - start) / 1000;
  const floats = dtype === 'BF16' ? 2 * sourceBytes : sourceBytes;
  const rate = `${(floats / 1e6 / seconds).toFixed(0)} MB/s of float32`;
  const memory = `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB peak`;
  const loss = `${total.bitsPerWeight.toFixed(3)} bits, ${total.sqnr.toFixed(2)} dB`;
  console.log(`${format} from ${dtype}: ${seconds.toFixed(2)} s, ${rate}, ${memory}; ${loss}; ${targetBytes} bytes`);
}

if (step === 'convert') await convert(process.argv[6], process.argv[7]);
else {
  const folder = mkdtempSync(path.join(tmpdir(), 'octavo-measure-'));
  try {
    const source = path.join(folder, 'model.safetensors');
    await make(source);
    console.log(`${cpus()[0]?.model}, ${availableParallelism()} CPUs; ${statSync(source).size} bytes`);
    for (let run = 0; run < RUNS; run++) {
      const args = [
        fileURLToPath(import.meta.url),
        format,
        dtype,
        size,
        'convert',
        source,
        path.join(folder, 'out.safetensors'),
      ];
      spawnSync(process.execPath, args, { stdio: 'inherit' });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
