// What the operator tests of the ONNX standard give has the types and shapes that are inferred.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { readModel } from '../../../lib/onnx';
import { inferTypes } from '../../../lib/onnx/infer';
import { elementTypeOf } from '../../../lib/onnx/model';
import { TensorProtoSchema } from '../../../lib/onnx/schema/onnx_pb';
import { readTarGz } from '../tar_archive';

const ARCHIVE = path.join(__dirname, '..', '..', '..', '..', 'shared', 'data', 'onnx-node.tar.gz');

it('infers nothing that the operator tests of the standard contradict', ({ skip }) => {
  if (!existsSync(ARCHIVE)) skip('skipped: ../shared not present');
  const files = readTarGz(ARCHIVE);
  const unknown: string[] = [];
  let known = 0;
  for (const [name, bytes] of files) {
    if (!name.endsWith('/model.onnx')) continue;
    const model = readModel(bytes);
    const types = inferTypes(model);
    model.graph.outputs.forEach((output, i) => {
      const golden = files.get(name.replace('model.onnx', `test_data_set_0/output_${i}.pb`));
      const { dims, dataType } = fromBinary(TensorProtoSchema, golden as Buffer);
      const type = types.get(output.name);
      const inferred = type?.kind === 'tensor' ? type : { elementType: undefined, dims: undefined };
      const actual = dims.map(Number);
      expect([name, inferred.elementType]).toEqual([name, inferred.elementType && elementTypeOf(dataType)]);
      const filled = inferred.dims?.map((dim, at) => (typeof dim === 'number' ? dim : actual[at]));
      expect([name, filled ?? actual]).toEqual([name, actual]);
      if (inferred.dims?.every((dim) => typeof dim === 'number')) known++;
      else unknown.push(name);
    });
  }
  expect(known).toBeGreaterThan(240);
  expect(
    unknown.filter(
      (name) => !/test_(resize|reshape|slice|pad|expand|tile|split|squeeze|reduce|constant_pad)/.test(name),
    ),
  ).toEqual([]);
});
