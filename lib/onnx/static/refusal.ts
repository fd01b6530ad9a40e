// Why a layer stays in floating point.

export interface Refusal {
  readonly reason: string;
  readonly rule?: string;
  readonly remedy?: string;
}

export const EXCLUDED: Refusal = { reason: 'excluded by the options' };

export const PRODUCT_OF_ACTIVATIONS: Refusal = {
  reason: 'a product of two activations, left in float by the options',
  remedy: 'set `attention` to quantize it',
};

export const noKernel = (opType: string): Refusal => ({
  reason: `${opType} has no integer kernel`,
  rule: 'Q020',
});

export const NEIGHBOURS_IN_FLOAT: Refusal = {
  reason: 'what is around it is in float: converting to integers and back would cost more than it saves',
  rule: 'Q020',
};

export const notConstant = (what: string): Refusal => ({
  reason: `its ${what} is not a constant`,
  rule: 'Q012',
  remedy: 'fold constants when preparing the model',
});

export const notFloat32 = (what: string, type: string): Refusal => ({
  reason: `its ${what} is ${type}, expected float32`,
  rule: 'Q012',
  remedy: 'quantize the float32 model',
});

export const GEMM_FACTORS: Refusal = {
  reason: 'alpha or beta is not 1',
  rule: 'Q019',
  remedy: 'prepare the model: it folds the factors into the weights',
};

export const biasForm = (dims: readonly number[]): Refusal => ({
  reason: `its bias [${dims.join(', ')}] is not one value for each output`,
  rule: 'Q014',
});

export const VECTOR_OPERAND: Refusal = {
  reason: 'an operand has fewer than two dimensions',
  rule: 'Q012',
};

export const SIXTEEN_BITS: Refusal = {
  reason: 'activations of 16 bits run on float kernels in onnxruntime',
  rule: 'Q020',
};
