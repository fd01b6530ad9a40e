// docs/onnx-rules.md, made from the table of rules.
import { RULES, type Severity } from '../../../lib/onnx/check';

const SCOPES: Readonly<Record<string, string>> = {
  '*': 'all',
  O: 'ort-*',
  'O-x64': 'ort-x64',
  T: 'tensorrt',
  V: 'openvino',
};

const BASES = {
  file: 'the file',
  prediction: 'the prediction',
  data: 'calibration data',
  run: 'a run',
} as const;

const SEVERITIES: Readonly<Record<Severity, string>> = { E: 'error', W: 'warning', I: 'information' };

const HEAD = `# Rules for quantized ONNX models

\`checkModel(model, target)\`, and \`octavo check model.onnx --target T\`, predict for every node what becomes of it in the runtime, and name
the rules that the model breaks there. Nothing is run. This page is made from the table of rules.

## What becomes of a node

- **int8**: it computes on integers of 8 bits or less, in the operator that \`kernel\` names: QLinearConv, QLinearMatMul, QGemm,
  MatMulIntegerToFloat, DynamicQuantizeMatMul, MatMulNBits, QLinearAdd, and so on.
- **copy**: it moves integers as they are (Reshape, Transpose, MaxPool ...); the Q/DQ around it are gone.
- **folded**: it is part of the kernel of another node, or is computed when the model is loaded.
- **convert**: a Q or DQ that runs.
- **float**: it computes in floating point; \`reason\`, \`rule\` and \`remedy\` say why, where integers were meant for it.
- **other**: no floating-point tensor is involved.

## The targets

- **ort-x64**, **ort-arm64**, **ort-web**: the prediction does to a copy of the model what onnxruntime's optimizer does: constants, equal nodes,
  MatMul with Add, spreading of Q/DQ over copies, biases, activations, int8 to uint8, and the fusions. \`compareWithRuntime(model)\`, and
  \`octavo check --runtime\`, build the model in onnxruntime-node, read the graph that it optimized, and compare each node. ort-x64 is held against
  onnxruntime-node 1.30 on x64; ort-arm64 against the same build with \`session.qdqisint8allowed=1\`, which is what onnxruntime's ARM builds default
  to; ort-web is predicted as ort-x64, and was not run.
- **tensorrt**, **openvino**: predicted from tables of what their documents and sources say. Neither was run.

\`npx vitest run test/onnx/check\` holds the predictions against onnxruntime: a corpus of micro-graphs, each keeping or breaking one rule, and the
models in ../shared/data where they are present. At least 99 % of the nodes of the corpus, all nodes of those models, and the number of
every integer operator in each of them must be equal.

## What onnxruntime 1.30 does with Q/DQ models

Measured on x64, where it differs from what one may expect:

- A Conv or MatMul whose weights are quantized along a wrong axis is fused all the same. The kernel then fails when it runs, or, where the
  number of channels happens to fit, computes something else.
- The scale of the bias of a Conv may differ from the scale of the activations times that of the weights by 1e-6 plus 1 %; beyond
  that the Conv stays in float. That of a Gemm is not looked at. Either way the kernel uses the product of the scales, and the
  outputs are wrong by what the bias is.
- Two Qs behind one node keep it in float, unless they share scale and zero point by name.
- Activations of int8 are turned into uint8 where their Q has one reader. Behind a residual branch it has two, and both branches stay
  in float.
- A Gemm with a bias needs alpha and beta of 1; without one it may have any alpha.
- MatMul and the Add of a bias become a Gemm, where the left side is a matrix or its dims are all known. Without a Q behind it that Gemm
  stays in float, where the MatMul alone would have run on integers.
- Integers behind a DQ that two nodes read do not become MatMulNBits.
- A Transpose of constant integers behind a DQ is done when the model is loaded, unless they lie in blocks.
- A constant branch of a Where gets a DQ of its own.
- Resize runs on integers in the mode nearest only; SpaceToDepth never does.

## The rules

Severity: E, the target refuses the model or fails; W, it runs in float, or slowly; I, quality and size.
`;

const rows = RULES.map(
  ({ id, severity, scope, basis, title, remedy }) =>
    `| ${id} | ${severity} | ${SCOPES[scope]} | ${title} | ${BASES[basis]} | ${remedy} |`,
);

/** The page, whole. */
export function rulesPage(): string {
  const counts = (['E', 'W', 'I'] as const).map((severity) => {
    const count = RULES.filter((rule) => rule.severity === severity).length;
    return `${count} of severity ${severity} (${SEVERITIES[severity]})`;
  });
  const table = ['| rule | | targets | what it asks | seen in | what to do |', '|---|---|---|---|---|---|', ...rows];
  const tail = `
${RULES.length} rules: ${counts.join(', ')}. Q034 takes sketches of the activations: \`checkCalibration(model, sketches)\`. Q036 takes the source:
\`checkInterface(source, model)\`. Q037 takes a run in both: \`checkParity(model, feeds, { reference, runtime })\`. For Q028 \`countSaturatedPairs\`
counts on real activations what the bound on the weights only rules out.
`;
  return `${HEAD}\n${table.join('\n')}\n${tail}`;
}
