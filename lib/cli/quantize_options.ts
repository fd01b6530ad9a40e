// The options of `octavo quantize` for ONNX models.
import { type Command, Option } from 'commander';
import { parseInteger } from './parse_options';
import { parseAlpha, parseMethod, parseNormalization, parseOverride, parsePattern, parseRange } from './quantize_flags';

/** Weight formats that checkpoints have and ONNX models do not. */
export const CHECKPOINT_ONLY = ['float16', 'bfloat16'] as const;

/** For options that may be given several times. */
export const collect =
  <T>(parse: (text: string) => T) =>
  (text: string, before: T[] = []): T[] => [...before, parse(text)];

/** What becomes of weights where activations stay in float. */
function addWeightOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--weight-format <type>',
        'weights in weight-only mode (default int8), or of a checkpoint (default nf4)',
      ).choices(['int8', 'uint8', 'int4', 'uint4', 'nf4', 'fp4', ...CHECKPOINT_ONLY]),
    )
    .addOption(
      new Option('--weight-method <method>', 'weight-only: how weights are chosen (default nearest)').choices([
        'nearest',
        'hqq',
        'gptq',
        'awq',
      ]),
    )
    .option('--block <n>', 'consecutive weights that share a scale (default 32 in 4 bits)', parseInteger)
    .addOption(
      new Option(
        '--weight-operators <kind>',
        'weight-only: DequantizeLinear, MatMulNBits of onnxruntime, or int8 that it makes floats of when it loads',
      ).choices(['qdq', 'matmulnbits', 'matmulbnb4', 'folded']),
    )
    .option('--float16-rest', 'weight-only and checkpoints: floats that are not quantized become float16');
}

/** How the model is quantized, and what comes out. */
export function addModelOptions(command: Command): Command {
  return addWeightOptions(command)
    .option('-o, --output <file>', 'where the model goes (default: <model>.int8.onnx and the like)')
    .addOption(new Option('--mode <mode>', 'how').choices(['static', 'dynamic', 'weight-only', 'float16']))
    .addOption(
      new Option('--target <target>', 'what will run it (default: the runtime installed here)').choices([
        'ort-x64',
        'ort-arm64',
        'ort-web',
        'tensorrt',
        'openvino',
      ]),
    )
    .addOption(new Option('--io <type>', "the graph's own inputs and outputs").choices(['float', 'int8', 'uint8']))
    .addOption(new Option('--format <format>', 'Q/DQ pairs, or integer operators').choices(['qdq', 'qoperator']))
    .addOption(
      new Option('--activations <type>', '16 bits where 8 lose too much').choices(['int8', 'uint8', 'int16', 'uint16']),
    )
    .option('--per-tensor', 'one scale for each weight tensor instead of one per channel')
    .option('--reduce-range', '7-bit weights: for x64 CPUs without VNNI, whose products saturate')
    .option('--attention', 'products of two activations in integers too (default: in static mode)')
    .option('--no-attention', 'leave those products in float')
    .option('--symmetric', 'activations with zero point 0')
    .option('--exclude <pattern>', 'layers that stay in float; may be repeated', collect(parsePattern))
    .option('--override <pattern=setting,...>', 'settings of single layers; may be repeated', collect(parseOverride));
}

/** What it is calibrated on, and how. */
export function addDataOptions(command: Command): Command {
  return command
    .option('--calib <path>', 'samples to calibrate on')
    .option('--samples <n>', 'at most so many of them', parseInteger)
    .option(
      '--sketches <file>',
      'what other runs saved, beside or instead of samples; may be repeated',
      collect(String),
    )
    .option('--save-sketches <file>', 'save what calibration saw: octavo show and --sketches read it')
    .option(
      '--method <method>',
      'how ranges are found: auto minmax mse entropy or a percentile (default auto)',
      parseMethod,
    )
    .addOption(new Option('--policy <policy>', 'NaN and infinities in activations').choices(['error', 'ignore']))
    .option('--preprocess <name>', 'how images become tensors, such as imagenet')
    .option('--data-free', 'static without samples: ranges from what BatchNormalization knows')
    .option('--input-range <min,max>', 'what the inputs hold, for --data-free', parseRange)
    .option('--normalize <mean,std[,scale]>', 'fold the input normalization into the first layer', parseNormalization)
    .option('--equalize', 'even out channels across layers')
    .option('--bias-correction', 'take the mean error of each layer back through its bias')
    .option(
      '--smooth-quant [alpha]',
      'move ranges of activations into weights before MatMuls (default 0.5)',
      parseAlpha,
    )
    .option('--learned-rounding', 'choose for each weight how it is rounded (AdaRound)');
}
