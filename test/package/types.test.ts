// The package's declarations, as a TypeScript user's compiler finds them under each way of resolving modules.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consumer, installConsumer } from './consumer';

const TSC = path.join(__dirname, '..', '..', 'node_modules', '.bin', 'tsc');

const BODY = `
const a: Tensor<'uint8'> = Tensor.from(new Uint8Array(4), [2, 2], 'uint8');
const c: Tensor<'int32'> = matmulInt8(a, packWeights(Tensor.from(new Int8Array(4), [2, 2], 'int8')));
const values: Int32Array = c.data;
// @ts-expect-error int32 is not float32
const wrong: Tensor<'float32'> = c;
// @ts-expect-error a string is no tensor
matmulInt8('a', 'b');
console.log(values, wrong);
`;
const ONNX = `
const model: Model = readModel(new Uint8Array());
const bytes: Uint8Array = modelBytes(model);
const scale: ScaleKind = 'unbiased';
const there: Promise<DeviceTensor<'int8'>> = cuda.open().then((device) => device.empty('int8', [2]));
// @ts-expect-error a model has no such field
console.log(bytes, model.nothing, roundToNearest, scale, openSafetensors, there);
`;
const IMPORT_ONNX = `
import { type Model, modelBytes, readModel } from 'octavo/onnx';
import { roundToNearest } from 'octavo/weights';
import { openSafetensors } from 'octavo/checkpoint';
import { type ScaleKind } from 'octavo/turboquant';
import { cuda, type DeviceTensor } from 'octavo/cuda';
${ONNX}`;
const IMPORT = `import { matmulInt8, packWeights, Tensor } from 'octavo';\n${IMPORT_ONNX}${BODY}`;
const REQUIRE_ONNX = `
import onnx = require('octavo/onnx');
const { modelBytes, readModel } = onnx;
type Model = onnx.Model;
import { roundToNearest } from 'octavo/weights';
import { openSafetensors } from 'octavo/checkpoint';
import { type ScaleKind } from 'octavo/turboquant';
import { cuda, type DeviceTensor } from 'octavo/cuda';
${ONNX}`;
const REQUIRE = `import octavo = require('octavo');\nconst { matmulInt8, packWeights } = octavo;\nimport Tensor = octavo.Tensor;\n${REQUIRE_ONNX}${BODY}`;

const CASES = [
  { module: 'node16', moduleResolution: 'node16', file: 'main.mts', text: IMPORT },
  { module: 'node16', moduleResolution: 'node16', file: 'main.cts', text: REQUIRE },
  { module: 'node20', moduleResolution: 'node16', file: 'main.mts', text: IMPORT },
  { module: 'nodenext', moduleResolution: 'nodenext', file: 'main.cts', text: IMPORT },
  { module: 'esnext', moduleResolution: 'bundler', file: 'main.ts', text: IMPORT },
] as const;

describe('declarations', () => {
  let consumer: Consumer;
  beforeAll(() => {
    consumer = installConsumer(['--ignore-scripts']);
  }, 320_000);
  afterAll(() => consumer?.remove());

  it.each(CASES)('$file, module $module, resolution $moduleResolution', ({ module, moduleResolution, file, text }) => {
    consumer.write(file, text);
    const options = {
      target: 'es2022',
      lib: ['es2023', 'dom'],
      types: [],
      strict: true,
      skipLibCheck: false,
      noEmit: true,
    };
    consumer.write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: { ...options, module, moduleResolution }, files: [file] }),
    );
    const { status, stdout } = spawnSync(TSC, ['-p', consumer.folder], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });
});
