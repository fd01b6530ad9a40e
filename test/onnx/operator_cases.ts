// The operator test cases of the ONNX standard, where ../shared has them.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { decodeModel, decodeTensor, type OnnxModel, type OnnxTensor } from './case_files';
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

/** The files of a case, of any element types. */
export interface OperatorFiles {
  readonly id: string;
  readonly name: string;
  readonly model: Uint8Array;
  /** TensorProto messages. */
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/** The files of every case; undefined without ../shared. */
export function readOperatorFiles(): OperatorFiles[] | undefined {
  if (!existsSync(ARCHIVE)) return undefined;
  const files = readTarGz(ARCHIVE);
  const index = JSON.parse(files.get('onnx-node/index.json')!.toString()) as { cases: [tag: string, name: string][] };
  return index.cases.map(([tag, name]) => {
    const folder = `onnx-node/${tag}/${name}`;
    const tensors = (kind: string) => {
      const found: Uint8Array[] = [];
      for (let i = 0; files.has(`${folder}/test_data_set_0/${kind}_${i}.pb`); i++)
        found.push(files.get(`${folder}/test_data_set_0/${kind}_${i}.pb`)!);
      return found;
    };
    const model = files.get(`${folder}/model.onnx`)!;
    return { id: `${tag}/${name}`, name, model, inputs: tensors('input'), outputs: tensors('output') };
  });
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
