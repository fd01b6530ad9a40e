// What a checkpoint says of its quantization: the `quantization_config` of Hugging Face's config.json.
import type { LayerFormat } from './convert_options';

/** The key under `__metadata__` that has it as JSON. */
export const CONFIG_KEY = 'quantization_config';

export type QuantizationConfig = Readonly<Record<string, unknown>>;

/** bitsandbytes' own, for 4 bits. */
function bitsandbytesConfig(type: string, nested: boolean, kept: readonly string[]): QuantizationConfig {
  return {
    quant_method: 'bitsandbytes',
    load_in_4bit: true,
    load_in_8bit: false,
    bnb_4bit_quant_type: type,
    bnb_4bit_use_double_quant: nested,
    bnb_4bit_quant_storage: 'uint8',
    llm_int8_skip_modules: kept,
  };
}

/** That of compressed-tensors. */
function packedConfig(format: Extract<LayerFormat, { kind: 'blocks' }>, kept: readonly string[]): QuantizationConfig {
  const channel = format.group === 'channel';
  const weights = {
    num_bits: format.type === 'int8' ? 8 : 4,
    type: 'int',
    symmetric: format.type !== 'uint4',
    strategy: channel ? 'channel' : 'group',
    group_size: channel ? null : format.group,
    dynamic: false,
  };
  return {
    quant_method: 'compressed-tensors',
    format: 'pack-quantized',
    quantization_status: 'compressed',
    config_groups: { group_0: { targets: ['Linear'], weights, input_activations: null, output_activations: null } },
    ignore: kept,
  };
}

/**
 * The description of a format; undefined for 16 bits, which need none.
 * @param kept names of the matrices called *.weight that stay floats
 */
export function quantizationConfig(format: LayerFormat, kept: readonly string[]): QuantizationConfig | undefined {
  const modules = kept.filter((name) => name.endsWith('.weight')).map((name) => name.slice(0, -'.weight'.length));
  if (format.kind === 'codebook') return bitsandbytesConfig(format.type, format.nested, modules);
  return format.kind === 'blocks' ? packedConfig(format, modules) : undefined;
}
