// Models are written as they were read but for what was changed, whole, and with their tensors beside them on request.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { attribute, Model, ModelTensor, Node, type NumericType } from '../../../lib/onnx/model';
import { readModel } from '../../../lib/onnx/read';
import { ModelProtoSchema } from '../../../lib/onnx/schema/onnx_pb';
import { modelBytes, writeModel } from '../../../lib/onnx/write';
import { temporaryFolder } from '../files';
import { floats, info, modelOf } from '../small_models';

const ramp = (length: number, from = 0) => Float32Array.from({ length }, (_, i) => from + i);
const entry = (key: string, value: string) => ({ key, value });

const richNode = () => ({
  ...{ name: 'n', opType: 'F', domain: 'com.example', overload: 'o', docString: 'node', input: ['x'], output: ['y'] },
  attribute: [
    { name: 'sparse', type: 11, sparseTensor: { dims: [4n], values: { dims: [1n], dataType: 1, floatData: [1] } } },
    { name: 'type', type: 13, tp: { value: { case: 'sequenceType' as const, value: {} } } },
    { name: 'documented', type: 2, i: 3n, docString: 'attribute' },
  ],
});

const richInput = () => ({
  ...{ name: 'x', docString: 'input' },
  type: {
    denotation: 'IMAGE',
    value: { case: 'tensorType' as const, value: { elemType: 99, shape: { dim: [{ denotation: 'N' }] } } },
  },
});

const richTensors = () => [
  {
    name: 's',
    dims: [2n],
    dataType: 8,
    stringData: [Uint8Array.of(0xff, 0xfe), Uint8Array.of(65)],
    docString: 'bytes',
  },
  { name: 'f', dims: [2n], dataType: 1, floatData: [1, 2], metadataProps: [entry('a', 'b')] },
  { name: 'r', dims: [1n], dataType: 1, rawData: new Uint8Array(4), docString: 'raw' },
];

/** What octavo does not look into, wherever it may stand. */
function richProto() {
  const unknown = [{ no: 1000, wireType: 0, data: Uint8Array.of(7) }];
  const proto = create(ModelProtoSchema, {
    ...{ irVersion: 10n, producerName: 'p', domain: 'd', modelVersion: 5n, docString: 'about' },
    opsetImport: [{ version: 21n }, { domain: 'com.example', version: 3n }],
    functions: [{ name: 'F', domain: 'com.example', input: ['a'], output: ['b'] }],
    trainingInfo: [{ initialization: { name: 'init' } }],
    graph: {
      ...{ name: 'g', docString: 'graph', metadataProps: [entry('k', 'v')] },
      ...{ node: [richNode()], input: [richInput()], output: [{ name: 'y' }], initializer: richTensors() },
      sparseInitializer: [{ dims: [9n], values: { name: 'sp', dims: [1n], dataType: 1, floatData: [1] } }],
      quantizationAnnotation: [{ tensorName: 'x' }],
    },
  });
  proto.$unknown = unknown;
  proto.graph!.node[0]!.$unknown = unknown;
  return proto;
}

describe('what is not changed', () => {
  it('is written as it came', () => {
    const bytes = toBinary(ModelProtoSchema, richProto());
    const again = modelBytes(readModel(bytes).clone());
    expect(fromBinary(ModelProtoSchema, again)).toEqual(fromBinary(ModelProtoSchema, bytes));
  });

  it('stays beside what is', () => {
    const model = readModel(toBinary(ModelProtoSchema, richProto()));
    const node = model.graph.nodes[0]!;
    node.attributes.set('renamed', node.attributes.get('documented')!);
    node.attributes.set('documented', attribute.int(4));
    node.inputs[0] = 'f';
    model.graph.initializers.set('f', floats([1], [9]));
    const { graph } = fromBinary(ModelProtoSchema, modelBytes(model));
    expect(graph!.node[0]).toMatchObject({ overload: 'o', docString: 'node', input: ['f'] });
    expect(graph!.node[0]!.attribute.map(({ name, docString, i }) => [name, docString, i]).slice(2)).toEqual([
      ['documented', '', 4n],
      ['renamed', 'attribute', 3n],
    ]);
    expect(graph!.initializer.map(({ name, dims }) => [name, ...dims])).toEqual([
      ['s', 2n],
      ['f', 1n],
      ['r', 1n],
    ]);
  });
});

describe('element types', () => {
  const types: [NumericType, number][] = [
    ...(['float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'bool', 'float16', 'float64'] as const),
    ...(['uint32', 'uint64', 'complex64', 'complex128', 'bfloat16', 'float8e4m3fn', 'float8e5m2fnuz'] as const),
    ...(['uint4', 'int4', 'float4e2m1', 'float8e8m0', 'uint2', 'int2'] as const),
  ].map((type) => [type, 5]);

  it.each(types)('%s', (type, count) => {
    const length = ModelTensor.computed(type, [count], () => new Uint8Array()).byteLength;
    const bytes = Uint8Array.from({ length }, (_, i) => i + 1);
    const tensor = new ModelTensor(type, [count], { kind: 'bytes', bytes });
    const back = readModel(modelBytes(modelOf({ initializers: new Map([['t', tensor]]) }))).graph.initializers.get(
      't',
    )!;
    expect([back.type, back.dims, Buffer.from(back.bytes())]).toEqual([type, [count], Buffer.from(bytes)]);
    expect(back.array().byteLength).toBe(length);
  });

  it.each([
    ['complex64', 14, { floatData: [1, 2, 3, 4] }, Float32Array.of(1, 2, 3, 4)],
    ['complex128', 15, { doubleData: [1, 2, 3, 4] }, Float64Array.of(1, 2, 3, 4)],
    ['uint32', 12, { uint64Data: [1n, 2n ** 32n - 1n] }, Uint32Array.of(1, 2 ** 32 - 1)],
    ['float16', 10, { int32Data: [0x3c00, 0xffff] }, Uint16Array.of(0x3c00, 0xffff)],
    ['int8', 3, { int32Data: [-128, 127] }, Int8Array.of(-128, 127)],
    ['int4', 22, { int32Data: [0x21] }, Uint8Array.of(0x21)],
  ] as const)('%s in its own field', (_, dataType, data, expected) => {
    const initializer = [{ name: 't', dims: [2n], dataType, ...(data as object) }];
    const bytes = toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph: { initializer } }));
    expect(readModel(bytes).graph.initializers.get('t')!.array()).toEqual(expected);
  });
});

it('initializers are inputs too before IR version 4', () => {
  const model = modelOf({ inputs: [info('x', [1])], initializers: new Map([['w', floats([1], [1])]]) }, 8);
  const inputs = () => fromBinary(ModelProtoSchema, modelBytes(model)).graph!.input.map(({ name }) => name);
  expect(inputs()).toEqual(['x']);
  model.irVersion = 3;
  expect(inputs()).toEqual(['x', 'w']);
  expect(readModel(modelBytes(model)).graph.inputs.map(({ name }) => name)).toEqual(['x']);
});

describe('tensors beside the model', () => {
  const shared = ModelTensor.of('float32', [2000], ramp(2000));
  const model = () =>
    modelOf({
      nodes: [new Node({ opType: 'Identity', inputs: ['a'], outputs: ['y'] })],
      outputs: [info('y', [2000])],
      initializers: new Map([
        ['a', shared],
        ['small', floats([2], [1, 2])],
        ['b', shared.reshaped([40, 50])],
        ['odd', ModelTensor.of('int8', [1025], new Int8Array(1025).fill(3))],
        ['large', ModelTensor.of('float32', [2 ** 18], ramp(2 ** 18, 5))],
      ]),
    });

  it('lie at aligned places, shared ones once', () => {
    const file = path.join(temporaryFolder(), 'm.onnx');
    writeModel(model(), file, { external: 'always' });
    const stored = fromBinary(ModelProtoSchema, readFileSync(file)).graph!.initializer.map((tensor) => [
      tensor.name,
      ...tensor.externalData.map(({ value }) => value),
    ]);
    expect(stored).toEqual([
      ['a', 'm.onnx_data', '0', '8000'],
      ['small'],
      ['b', 'm.onnx_data', '0', '8000'],
      ['odd', 'm.onnx_data', '8000', '1025'],
      ['large', 'm.onnx_data', '65536', '1048576'],
    ]);
    expect(statSync(`${file}_data`).size).toBe(65536 + 2 ** 20);
    expect(Buffer.from(modelBytes(readModel(file))).equals(Buffer.from(modelBytes(model())))).toBe(true);
  });

  it('are written over the file that they are read from', () => {
    const file = path.join(temporaryFolder(), 'm.onnx');
    writeModel(model(), file, { external: 'always' });
    const before = readModel(file);
    before.graph.initializers.delete('a');
    before.graph.initializers.delete('b');
    writeModel(before, file, { external: 'always' });
    expect(readModel(file).graph.initializers.get('large')!.floats()[1]).toBe(6);
    expect(() => before.graph.initializers.get('large')!.bytes()).toThrow('has changed since the model was read');
  });

  it('go with the model where that is larger than a message, or it is refused', () => {
    let asked = 0;
    const compute = () => {
      asked++;
      throw new Error('stop');
    };
    const large = modelOf({ initializers: new Map([['w', ModelTensor.computed('float32', [2 ** 29], compute)]]) });
    const folder = temporaryFolder();
    const file = path.join(folder, 'm.onnx');
    expect(() => writeModel(large, file, { external: 'never' })).toThrow(
      expect.objectContaining({
        code: 'ERR_UNSUPPORTED',
        message: expect.stringContaining(`${file}: the model takes 2147`),
      }),
    );
    expect(() => modelBytes(large)).toThrow('a message holds 2147483647');
    expect(asked).toBe(0);
    // The data file is under way when the computation fails: nothing of it stays.
    expect(() => writeModel(large, file)).toThrow('stop');
    expect([asked, readdirSync(folder)]).toEqual([1, []]);
  });
});

describe('computed tensors', () => {
  it('are computed one after another, while they are written', () => {
    const live: string[] = [];
    const initializers = new Map(
      ['a', 'b'].map((name) => {
        const compute = () => {
          live.push(name);
          return ramp(500);
        };
        return [name, ModelTensor.computed('float32', [500], compute)];
      }),
    );
    const file = path.join(temporaryFolder(), 'm.onnx');
    writeModel(modelOf({ initializers }), file);
    expect(live).toEqual(['a', 'b']);
    expect(readModel(file).graph.initializers.get('b')!.floats()).toEqual(ramp(500));
  });

  it('that give another number of values than they promised leave the old file', () => {
    const file = path.join(temporaryFolder(), 'm.onnx');
    writeFileSync(file, 'old');
    const wrong = ModelTensor.computed('float32', [3], () => ramp(2));
    expect(() => writeModel(modelOf({ initializers: new Map([['w', wrong]]) }), file)).toThrow(
      'float32 [3] takes 12 bytes, got 8',
    );
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(existsSync(`${file}_data`)).toBe(false);
  });
});

it('equal models give equal bytes', () => {
  const make = () => modelOf({ inputs: [info('x', ['n', null, 3])], initializers: new Map([['w', floats([1], [1])]]) });
  const bytes = modelBytes(make());
  expect(modelBytes(make())).toEqual(bytes);
  expect(modelBytes(readModel(bytes))).toEqual(bytes);
  expect(readModel(bytes)).toBeInstanceOf(Model);
});
