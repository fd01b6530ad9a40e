// The operator test cases of the ONNX standard, where ../shared has them.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { decodeModel, decodeTensor, type OnnxModel, type OnnxTensor } from './onnx_schema';
import { readTarGz } from './tar_archive';

const ARCHIVE = path.join(__dirname, '..', '..', '..', 'shared', 'data', 'onnx-node.tar.gz');

export interface OperatorCase {
  /** For example v1.13.0/test_quantizelinear. */
  readonly id: string;
  readonly name: string;
  readonly model: OnnxModel;
  /** In the order of the model. */
  readonly inputs: readonly OnnxTensor[];
  readonly outputs: readonly OnnxTensor[];
}

/** Every case whose name matches; undefined without ../shared. Throws if the archive does not hold what its index says. */
export function readOperatorCases(pattern: RegExp): OperatorCase[] | undefined {
  if (!existsSync(ARCHIVE)) return undefined;
  const files = readTarGz(ARCHIVE);
  const read = (name: string) => {
    const bytes = files.get(`onnx-node/${name}`);
    if (bytes === undefined) throw new Error(`${ARCHIVE} has no ${name}`);
    return bytes;
  };
  const index = JSON.parse(read('index.json').toString()) as { cases: [tag: string, name: string][] };
  const selected = index.cases.filter(([, name]) => pattern.test(name));
  return selected.map(([tag, name]) => readCase(`${tag}/${name}`, name, read));
}

function readCase(id: string, name: string, read: (name: string) => Buffer): OperatorCase {
  const model = decodeModel(read(`${id}/model.onnx`));
  const tensors = (kind: string, count: number) =>
    Array.from({ length: count }, (_, i) => decodeTensor(read(`${id}/test_data_set_0/${kind}_${i}.pb`)));
  return {
    id,
    name,
    model,
    inputs: tensors('input', model.inputs.length),
    outputs: tensors('output', model.outputs.length),
  };
}
