// Writes docs/onnx-operators.md, the operators that the reference interpreter knows: node scripts/onnx/evaluated_operators.mjs
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const HEAD = `# Operators of the reference interpreter

\`evaluate()\` computes these operators, by the definition of the operator set that the model names. Element types are all numeric ones but
complex numbers and float8e8m0: float16, bfloat16 and smaller floats are computed in float32 and rounded after every operator; int4, uint4,
int2 and uint2 are unpacked; int64 is exact but in Einsum, ReduceL1, ReduceMean and powers of reals. float32 products and 8-bit integer
products run on octavo's kernels. What is not here is refused as \`ERR_UNSUPPORTED\`, naming the node, before anything is computed. Training
modes, sequences, optional values and maps are not known.

\`node scripts/onnx/evaluated_operators.mjs\` writes this file.
`;

/**
 * @param {readonly { domain: string, opType: string, since: number, until: number }[]} rows
 * @returns {string} the document
 */
export function operatorTable(rows) {
  const standard = rows.filter(({ domain }) => domain === '');
  const own = rows.filter(({ domain }) => domain === 'com.microsoft');
  const newest = Math.max(...standard.map(({ until }) => until));
  const lines = standard.map(({ opType, since }) => `| ${opType} | ${Math.max(since, 1)} |`);
  return [
    HEAD,
    `## The standard's (ai.onnx): ${standard.length}, up to operator set ${newest}`,
    '',
    '| Operator | from operator set |',
    '|---|---|',
    ...lines,
    '',
    `## onnxruntime's own (com.microsoft): ${own.length}`,
    '',
    `${own.map(({ opType }) => opType).join(', ')}.`,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { evaluatedOperators } = createRequire(import.meta.url)('../../dist/lib/onnx/evaluate');
  writeFileSync(new URL('../../docs/onnx-operators.md', import.meta.url), operatorTable(evaluatedOperators()));
}
