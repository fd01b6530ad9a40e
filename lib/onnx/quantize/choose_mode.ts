// Which mode a model is quantized in when nobody says so.
import { onnxError } from '../errors';
import type { Model, Node } from '../model';
import type { QuantizeMode } from '../report';
import type { QuantizeOptions } from './quantize_options';

const DYNAMIC: ReadonlySet<string> = new Set(['MatMul', 'Gemm']);
const WEIGHTED: ReadonlySet<string> = new Set([...DYNAMIC, 'Conv', 'ConvTranspose']);

const weightedNodes = ({ graph }: Model): Node[] =>
  graph.nodes.filter((node) => node.domain === '' && WEIGHTED.has(node.opType));

/**
 * The mode that was asked for; else static with samples or without need of them, else dynamic if all layers with weights are
 * MatMul or Gemm.
 * @throws ERR_NO_CALIBRATION_DATA, with the remedy, where convolutions would need samples
 */
export function chooseMode(model: Model, options: QuantizeOptions): QuantizeMode {
  const { mode, calibration, sketches, dataFree } = options;
  const ranges = calibration !== undefined || sketches !== undefined || dataFree === true;
  if (mode === 'static' && !ranges)
    throw onnxError('ERR_NO_CALIBRATION_DATA', 'static quantization needs samples to calibrate on', { hint: REMEDY });
  if (mode !== undefined) return mode;
  if (ranges) return 'static';
  const others = weightedNodes(model).filter(({ opType }) => !DYNAMIC.has(opType));
  const [first] = others;
  if (first === undefined) return 'dynamic';
  const count = others.length === 1 ? first.label : `${first.label} and ${others.length - 1} more`;
  throw onnxError('ERR_NO_CALIBRATION_DATA', `convolutions need samples to calibrate on: ${count}`, {
    node: first.label,
    hint: REMEDY,
  });
}

const REMEDY =
  'Pass samples (--calib FOLDER), or no samples at all: --data-free --input-range MIN,MAX from what BatchNormalization knows, --mode weight-only ' +
  'for size alone, --calib random:8 to measure speed alone.';
