// Every rule: what it asks, how much breaking it costs, where it holds, and what to do about it. docs/onnx-rules.md is made from it.
import type { Target } from '../../targets';
import type { RuleId, Severity } from '../check_result';

/** Which runtimes a rule is about: all, onnxruntime on any CPU, on x64 only, TensorRT, OpenVINO. */
export type RuleScope = '*' | 'O' | 'O-x64' | 'T' | 'V' | 'O,V';

/** file: the model says it all. runtime: it follows from the prediction. data: it takes calibration data. run: it takes a run. */
export type RuleBasis = 'file' | 'prediction' | 'data' | 'run';

export interface Rule {
  readonly id: RuleId;
  readonly scope: RuleScope;
  readonly severity: Severity;
  readonly basis: RuleBasis;
  readonly title: string;
  readonly remedy: string;
}

type Row = readonly [id: RuleId, scope: RuleScope, severity: Severity, basis: RuleBasis, title: string, remedy: string];

const ROWS: readonly Row[] = [
  [
    'Q001',
    '*',
    'E',
    'file',
    'The scale of every Q and DQ is a finite, positive, normal constant',
    'quantize the tensor again from a range that is not empty',
  ],
  [
    'Q002',
    '*',
    'E',
    'file',
    'Scale and zero point have the same shape, and the zero point has the type of the integers',
    'give both one value for the tensor, or one for each channel',
  ],
  [
    'Q003',
    '*',
    'E',
    'file',
    'A Q and the DQ behind it have the same parameters',
    'give the DQ the scale and zero point of its Q',
  ],
  ['Q004', '*', 'E', 'file', 'The opset and IR version know what the model uses', 'raise the opset of the model'],
  ['Q005', 'V', 'E', 'file', 'The rank of what a Q or DQ reads is known', 'give the inputs of the model static ranks'],
  [
    'Q006',
    'T',
    'E',
    'file',
    'Zero points are the constant 0, and no tensor is uint8',
    'quantize for the target tensorrt: symmetric int8',
  ],
  [
    'Q007',
    'T',
    'E',
    'file',
    'No QLinear, Integer or DynamicQuantizeLinear operators',
    'write Q/DQ pairs instead of integer operators',
  ],
  ['Q008', 'T', 'E', 'file', 'No int32 bias behind a DQ', 'leave the bias in float'],
  [
    'Q009',
    'T',
    'E',
    'file',
    'Per-channel scales on weights only, as many as channels; the last dim of int4 is even',
    'quantize activations per tensor, and weights with one scale for each channel',
  ],
  [
    'Q010',
    'O',
    'E',
    'file',
    'Per-channel weights of a MatMul lie along their last axis',
    'quantize the weights along their last axis: any other fails when the model runs',
  ],
  [
    'Q011',
    'O',
    'W',
    'prediction',
    'Per-channel weights lie along the axis of the outputs: 0 for Conv, 1 for ConvTranspose, 0 or 1 for Gemm with or without transB',
    'quantize the weights along the axis of the outputs',
  ],
  [
    'Q012',
    'O,V',
    'W',
    'prediction',
    'All inputs of a Conv, MatMul or Gemm come from DQ nodes',
    'quantize the input too, or leave the whole node in float',
  ],
  [
    'Q013',
    'O',
    'W',
    'prediction',
    'The output goes to exactly one Q, and is no output of the model',
    'put one Q behind the node and let all readers read its DQ; give the model output a DQ of its own',
  ],
  [
    'Q014',
    'O',
    'W',
    'prediction',
    'The bias is int32 with the zero point 0 and exactly the scale of the activations times that of the weights',
    'leave the bias in float where a Q stands behind the node, or quantize it with that scale',
  ],
  [
    'Q015',
    'O',
    'W',
    'prediction',
    'A Relu or Clip before a Q cuts off nothing that the Q does not',
    'choose the range behind it so that the least integer stands for the lower bound',
  ],
  [
    'Q016',
    'O',
    'W',
    'prediction',
    'Before and behind a copy or MaxPool scale and zero point are equal and explicit; MaxPool has opset 12',
    'give its output the parameters of its input',
  ],
  ['Q017', 'O-x64', 'W', 'prediction', 'Activations are uint8', 'quantize for the target ort-x64: uint8 activations'],
  ['Q018', 'O-x64', 'W', 'prediction', 'No constant int8 operand on Add or Mul', 'store the constant as uint8'],
  [
    'Q019',
    'O',
    'W',
    'prediction',
    'Alpha and beta of a Gemm are 1',
    'multiply alpha into the weights and beta into the bias',
  ],
  [
    'Q020',
    'O',
    'W',
    'prediction',
    'The operator has an integer kernel',
    'leave the node in float, without Q/DQ around it',
  ],
  ['Q021', 'O', 'W', 'file', 'No ConvInteger', 'quantize convolutions statically, with calibration data'],
  [
    'Q022',
    'O',
    'W',
    'prediction',
    'Weight-only weights are matrices of 2, 4 or 8 bits with blocks of a power of two from 16 up along axis 0, behind a DQ with one reader',
    'quantize the weights again in blocks of 32 along axis 0',
  ],
  [
    'Q023',
    'O',
    'I',
    'file',
    'MatMulNBits states its accuracy_level',
    'state accuracy_level: 4 computes on int8 activations, 0 or 1 on float ones; for Q/DQ weights set session.qdq_matmulnbits_accuracy_level',
  ],
  [
    'Q024',
    'T',
    'W',
    'file',
    'No Q between a weighted operator and the Relu or Add behind it, and the skip input of an Add is quantized',
    'take the Q/DQ behind the weighted operator away, and quantize the skip input',
  ],
  [
    'Q025',
    'T',
    'W',
    'file',
    'No Q/DQ around copies, and one scale around a Concat',
    'take the Q/DQ behind the copy away; give all inputs and the output of the Concat one scale',
  ],
  [
    'Q026',
    '*',
    'I',
    'file',
    'Weights are stored as integers, not as floats behind a Q',
    'store the integers: the file is up to 4 times smaller',
  ],
  ['Q027', '*', 'I', 'file', 'Equal weights are stored once', 'let the nodes share one initializer'],
  [
    'Q028',
    'O-x64',
    'I',
    'file',
    'Sums of two products fit 16 bits on CPUs without VNNI: no weight beyond 64',
    'keep the weights within 64, or check on calibration data that no pair saturates',
  ],
  ['Q029', '*', 'I', 'file', 'Biases and accumulators fit int32', 'split the layer, or raise the scale of its weights'],
  [
    'Q030',
    '*',
    'I',
    'file',
    'Inputs of a Concat have ranges within a factor of 64',
    'leave the Concat in float: the smaller input would be rounded to 0',
  ],
  ['Q031', '*', 'I', 'file', 'Real 0 is an integer', 'choose ranges that hold 0, with integer zero points'],
  [
    'Q032',
    '*',
    'I',
    'file',
    'The outputs of Softmax and Sigmoid are quantized over 0 to 1',
    'use the scale 1/256 and the least integer as the zero point',
  ],
  ['Q033', '*', 'I', 'file', 'No DQ → Q with equal parameters', 'take the pair away'],
  [
    'Q034',
    '*',
    'I',
    'data',
    'Calibration data reached every activation, and its range is neither clipped nor empty',
    'calibrate with more samples, or with another method',
  ],
  ['Q035', '*', 'E', 'file', 'The model is valid', 'write the model again with a tool that checks it'],
  [
    'Q036',
    '*',
    'I',
    'file',
    'Inputs and outputs are those of the model that it came from',
    'keep names, types, shapes and order of inputs and outputs',
  ],
  [
    'Q037',
    '*',
    'E',
    'run',
    'The runtime gives what the reference evaluation gives, within one step',
    'report the node: a kernel of the runtime is wrong, or the model saturates on this CPU',
  ],
];

/** The rules in the order of their names. */
export const RULES: readonly Rule[] = ROWS.map(([id, scope, severity, basis, title, remedy]) => ({
  id,
  scope,
  severity,
  basis,
  title,
  remedy,
}));

const BY_ID = new Map(RULES.map((rule) => [rule.id, rule]));

export function ruleOf(id: RuleId): Rule {
  return BY_ID.get(id) as Rule;
}

const isOrt = (target: Target): boolean => target.startsWith('ort-');

/** Does a rule hold for a target? */
export function appliesTo({ scope }: Rule, target: Target): boolean {
  if (scope === '*') return true;
  if (scope === 'O-x64') return target === 'ort-x64';
  if (scope === 'T') return target === 'tensorrt';
  return (scope.includes('O') && isOrt(target)) || (scope.includes('V') && target === 'openvino');
}
