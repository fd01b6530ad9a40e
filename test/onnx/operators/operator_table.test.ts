import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { evaluatedOperators } from '../../../lib/onnx/evaluate';
import { operatorTable } from '../../../scripts/onnx/evaluated_operators.mjs';

it('docs/onnx-operators.md lists the operators that the interpreter knows', () => {
  const written = readFileSync(path.join(__dirname, '../../../docs/onnx-operators.md'), 'utf8');
  expect(written).toBe(operatorTable(evaluatedOperators()));
});
