/// <reference lib="esnext.disposable" preserve="true" />
// A checkpoint whose layers may be quantized, read layer by layer.
import fs from 'node:fs';
import path from 'node:path';
import { openSafetensors, type SafetensorsReader, type TensorInfo } from '../safetensors';
import { Tensor } from '../tensor';
import { reject } from '../validate';
import { fromBitsandbytes, type StoredWeights } from '../weights';
import { packedLayers, readPacked } from './packed_weights';
import { CONFIG_KEY } from './quantization_config';

const STATE = /\.quant_state\.bitsandbytes__(nf4|fp4)$/;

/** JSON that may be missing or broken: what it would say is asked for where nothing else says it. */
function parseOr(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The quantization_config in the metadata, else in config.json beside the file. */
function configOf({ metadata, path: file }: SafetensorsReader): unknown {
  const told = parseOr(metadata.get(CONFIG_KEY));
  if (told !== undefined) return told;
  const config = path.join(path.dirname(file), 'config.json');
  const json = fs.existsSync(config) ? parseOr(fs.readFileSync(config, 'utf8')) : undefined;
  return (json as Record<string, unknown> | null | undefined)?.quantization_config;
}

/** The names of quantized layers by how they are stored. */
function layersOf(tensors: ReadonlyMap<string, TensorInfo>): Map<string, 'codebook' | 'blocks'> {
  const layers = new Map<string, 'codebook' | 'blocks'>();
  for (const name of tensors.keys()) if (STATE.test(name)) layers.set(name.replace(STATE, ''), 'codebook');
  for (const name of packedLayers(tensors)) layers.set(name, 'blocks');
  return layers;
}

/**
 * An open checkpoint: layers that bitsandbytes or compressed-tensors would read, among them those that convertCheckpoint wrote, as
 * weights that QuantizedLinear takes, and floats as they are.
 */
export class Checkpoint implements Disposable {
  /** The tensors as they are stored. */
  readonly stored: SafetensorsReader;
  /** Names of the layers that are quantized: those that their weights had as floats. */
  readonly quantized: ReadonlySet<string>;
  readonly #layers: ReadonlyMap<string, 'codebook' | 'blocks'>;
  readonly #config: unknown;

  /** @internal openCheckpoint makes one. */
  constructor(path: string) {
    this.stored = openSafetensors(path);
    this.#layers = layersOf(this.stored.tensors);
    this.quantized = new Set(this.#layers.keys());
    this.#config = configOf(this.stored);
  }

  /**
   * The weight of a layer as it is stored: NF4 and FP4 as CodebookWeights, integers as BlockWeights, floats as a float32 tensor.
   * @throws ERR_RANGE for an unknown name; ERR_FILE, naming the tensor, where the parts of a layer are missing or do not fit
   *   together; ERR_UNSUPPORTED for other tables and orders of columns, and for integers that are no weights
   */
  async weight(name: string): Promise<StoredWeights | Tensor<'float32'>> {
    const kind = this.#layers.get(name);
    if (kind === 'blocks') return readPacked(this.stored, name, this.#config);
    if (kind === 'codebook') return this.#codebook(name);
    if (!this.stored.tensors.has(name)) reject('name', `a layer or a tensor of ${this.stored.path}`, name, 'ERR_RANGE');
    return this.stored.readFloat32(name);
  }

  /** Closes the files. */
  close(): void {
    this.stored.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #codebook(name: string): Promise<StoredWeights> {
    const parts = new Map<string, Tensor>();
    for (const [part, { type }] of this.stored.tensors) {
      if (part !== name && !part.startsWith(`${name}.`)) continue;
      if (
        type === undefined ||
        (part !== name && !/^\.(absmax|quant_map|nested_|quant_state\.)/.test(part.slice(name.length)))
      )
        continue;
      const { data, dims } = await this.stored.read(part);
      parts.set(part, new Tensor(type, data as never, dims));
    }
    return fromBitsandbytes(parts, name);
  }
}

/**
 * Opens a checkpoint. Who opens closes.
 * @param path as openSafetensors takes it: a file, an index, or a folder
 * @throws ERR_DTYPE, ERR_FILE as openSafetensors does
 */
export function openCheckpoint(path: string): Checkpoint {
  return new Checkpoint(path);
}
