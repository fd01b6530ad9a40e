// Files that are broken, or made to harm: one typed error, at once.
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { isOctavoError } from '../../../lib/errors';
import { Node } from '../../../lib/onnx/model';
import { readModel } from '../../../lib/onnx/read';
import { type GraphProto, ModelProtoSchema, type TensorProto } from '../../../lib/onnx/schema/onnx_pb';
import { modelBytes } from '../../../lib/onnx/write';
import { temporaryFolder } from '../files';
import { floats, info, modelOf } from '../small_models';

const small = () =>
  modelOf({
    nodes: [new Node({ name: 'sum', opType: 'Add', inputs: ['x', 'w'], outputs: ['y'] })],
    inputs: [info('x', [1, 2])],
    outputs: [info('y', [1, 2])],
    initializers: new Map([['w', floats([2], [1, 2])]]),
  });

/** What reading throws: octavo's own error, within a second. */
function fault(source: string | Uint8Array): Record<string, unknown> & Error {
  const begin = performance.now();
  try {
    readModel(source);
  } catch (error) {
    expect(performance.now() - begin).toBeLessThan(1000);
    expect(isOctavoError(error)).toBe(true);
    return error as Record<string, unknown> & Error;
  }
  throw new Error('the file was read');
}

type Init<T> = Partial<Omit<T, '$typeName' | '$unknown'>>;
const protoBytes = (graph: Record<string, unknown>) =>
  toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, graph: graph as Init<GraphProto> as never }));
const tensorBytes = (tensor: Init<TensorProto>) => protoBytes({ initializer: [{ name: 'w', dataType: 1, ...tensor }] });

const varint = (value: bigint): number[] =>
  value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
const field = (number: number, bytes: Uint8Array): Uint8Array =>
  Uint8Array.from([(number << 3) | 2, ...varint(BigInt(bytes.length)), ...bytes]);

/** If nodes within If nodes. */
function nested(depth: number): Uint8Array {
  let graph = new Uint8Array(0);
  for (let i = 0; i < depth; i++) graph = field(1, field(5, field(6, graph))) as Uint8Array<ArrayBuffer>;
  return field(7, graph);
}

describe('bytes', () => {
  it('that end early', () => {
    const bytes = modelBytes(small());
    let refused = 0;
    for (let length = 0; length < bytes.length; length++) {
      try {
        readModel(bytes.subarray(0, length));
      } catch (error) {
        expect(error).toHaveProperty('code', 'ERR_FILE');
        refused++;
      }
    }
    // A message may end between its fields.
    expect(refused).toBeGreaterThan(bytes.length * 0.9);
  });

  it.each([
    ['a length of 4 GB', [0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['a length of 2^63', [0x3a, ...varint(2n ** 63n + 4096n)]],
    ['a varint that never ends', [0x08, ...Array.from({ length: 40 }, () => 0xff)]],
    ['the field 0', [0x02, 0x00]],
    ['a group that never ends', Array.from({ length: 5000 }, () => 0x0b)],
    ['nothing', []],
    ['text', [...Buffer.from('<!doctype html><html>')]],
  ])('with %s', (_, bytes) => {
    expect(fault(Uint8Array.from(bytes))).toMatchObject({ code: 'ERR_FILE', message: /not an ONNX model/ });
  });

  it('nested too deep', () => {
    expect(fault(nested(2000)).message).toMatch(/recursion/);
    expect(readModel(nested(20)).graph.nodes).toHaveLength(1);
  });
});

describe('tensors', () => {
  it.each([
    ['absurd dims', { dims: [2n ** 40n, 2n ** 40n] }, 'has the impossible dims'],
    ['negative dims', { dims: [-1n] }, 'has the impossible dims [-1]'],
    ['large dims without values', { dims: [2n ** 40n] }, 'has 0 values of float32, expected 1099511627776'],
    ['too few bytes', { dims: [3n], rawData: new Uint8Array(8) }, 'has 8 bytes, expected 12 for float32 [3]'],
    ['too many values', { dims: [1n], floatData: [1, 2] }, 'has 2 values of float32, expected 1'],
    ['too few strings', { dims: [1n], dataType: 8 }, 'has 0 strings, expected 1'],
    ['a part of another', { dims: [], floatData: [1], segment: { begin: 0n, end: 1n } as never }, 'is one segment'],
  ])('with %s', (_, tensor, message) => {
    expect(fault(tensorBytes(tensor))).toMatchObject({
      code: 'ERR_FILE',
      tensor: 'w',
      message: expect.stringContaining(message),
    });
  });

  it('of an unknown type', () => {
    expect(fault(tensorBytes({ dims: [], dataType: 99 }))).toMatchObject({ code: 'ERR_UNSUPPORTED', tensor: 'w' });
  });
});

describe('graphs', () => {
  it('with a cycle', () => {
    const node = (name: string, input: string, output: string) => ({
      name,
      opType: 'Relu',
      input: [input],
      output: [output],
    });
    const nodes = [node('a', 'z', 'x'), node('b', 'x', 'y'), node('c', 'y', 'z')];
    expect(fault(protoBytes({ node: nodes }))).toMatchObject({
      ...{ code: 'ERR_FILE', node: 'a' },
      message: "model: the nodes form a cycle: Relu 'a' → Relu 'c' → Relu 'b' → Relu 'a'",
    });
  });

  it('with a long chain in the wrong order are put in order', () => {
    const count = 50_000;
    const node = Array.from({ length: count }, (_, i) => ({
      opType: 'Relu',
      input: [`t${count - i - 1}`],
      output: [`t${count - i}`],
    }));
    const { graph } = readModel(protoBytes({ node }));
    expect(graph.nodes.map(({ outputs }) => outputs[0]).slice(0, 3)).toEqual(['t1', 't2', 't3']);
    expect(graph.nodes.at(-1)!.outputs).toEqual([`t${count}`]);
  });

  it('with names that stand twice', () => {
    const twice = { name: 'w', dims: [], dataType: 1, floatData: [1] };
    expect(fault(protoBytes({ initializer: [twice, twice] })).message).toBe(
      "model: the initializer 'w' is there twice",
    );
    const attributes = [
      { name: 'axis', type: 2, i: 1n },
      { name: 'axis', type: 2, i: 2n },
    ];
    expect(fault(protoBytes({ node: [{ name: 'n', opType: 'Concat', attribute: attributes }] }))).toMatchObject({
      ...{ node: 'n', message: "model: Concat 'n': attribute 'axis' is there twice" },
    });
  });

  it('with attributes that hold another kind than they say', () => {
    const node = [{ opType: 'Concat', output: ['y'], attribute: [{ name: 'axis', type: 2, ints: [1n] }] }];
    expect(fault(protoBytes({ node })).message).toBe(
      "model: attribute 'axis' of Concat 'y' is of kind INT, but holds INTS",
    );
  });

  it('that are missing, or import two versions', () => {
    expect(fault(toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n }))).message).toMatch(
      /has no graph/,
    );
    const opsetImport = [
      { domain: '', version: 13n },
      { domain: 'ai.onnx', version: 17n },
    ];
    const two = create(ModelProtoSchema, { graph: {}, opsetImport });
    expect(fault(toBinary(ModelProtoSchema, two)).message).toMatch(/imports versions 13 and 17/);
  });
});

describe('external data', () => {
  const entries = (fields: Record<string, string>) =>
    Object.entries(fields).map(([key, value]) => ({ key, value }) as never);
  const external = (fields: Record<string, string>) =>
    tensorBytes({ dims: [4n], dataLocation: 1, externalData: entries(fields) });

  function written(fields: Record<string, string>): { file: string; folder: string } {
    const folder = temporaryFolder();
    const file = path.join(folder, 'model.onnx');
    writeFileSync(file, external(fields));
    writeFileSync(path.join(folder, 'data'), Buffer.from(Float32Array.of(1, 2, 3, 4, 5).buffer));
    return { file, folder };
  }

  it('is read when it is asked for', () => {
    const { file } = written({ location: 'data', offset: '4', length: '16' });
    expect(readModel(file).graph.initializers.get('w')!.floats()).toEqual(Float32Array.of(2, 3, 4, 5));
  });

  it.each([
    ['beyond the end', { location: 'data', offset: '8' }, 'lies at 8 + 16'],
    ['of another length', { location: 'data', length: '12' }, 'has 12 external bytes, expected 16'],
    ['at a negative offset', { location: 'data', offset: '-4' }, "the external offset '-4'"],
    ['at an offset beyond 2^53', { location: 'data', offset: '9'.repeat(30) }, 'the external offset'],
    ['in a file that is not there', { location: 'other' }, 'no such file'],
    ['in a folder', { location: 'folder/..' }, "outside the model's folder"],
    ['outside the folder', { location: '../data' }, "outside the model's folder"],
    ['at an absolute path', { location: '/etc/passwd' }, "outside the model's folder"],
    ['at a path with a NUL', { location: 'data\0' }, "outside the model's folder"],
    ['nowhere', {}, "outside the model's folder"],
  ] as const)('%s', (_, fields, message) => {
    const { file } = written(fields);
    expect(fault(file)).toMatchObject({ code: 'ERR_FILE', tensor: 'w', message: expect.stringContaining(message) });
  });

  it.skipIf(process.platform === 'win32')('through a link out of the folder', () => {
    const { file, folder } = written({ location: 'link', length: '16' });
    const elsewhere = path.join(temporaryFolder(), 'secret');
    writeFileSync(elsewhere, new Uint8Array(64));
    symlinkSync(elsewhere, path.join(folder, 'link'));
    expect(fault(file).message).toMatch(/a link out of the model's folder/);
  });

  it.skipIf(process.platform === 'win32')('through links to the store that the model itself is a link to', () => {
    const { folder } = written({ location: 'linked', offset: '0' });
    const snapshot = temporaryFolder();
    symlinkSync(path.join(folder, 'model.onnx'), path.join(snapshot, 'm.onnx'));
    symlinkSync(path.join(folder, 'data'), path.join(snapshot, 'linked'));
    const { graph } = readModel(path.join(snapshot, 'm.onnx'));
    expect(graph.initializers.get('w')!.floats()[0]).toBe(1);
  });

  it('that changes after the model was read is refused, not misread', () => {
    const { file, folder } = written({ location: 'data' });
    const { graph } = readModel(file);
    truncateSync(path.join(folder, 'data'), 18);
    expect(() => graph.initializers.get('w')!.bytes()).toThrow(/has changed since the model was read/);
  });

  it('of a model without a folder', () => {
    expect(fault(external({ location: 'data' })).message).toMatch(/not read from a folder/);
  });

  it('behind 3 GB of a file takes no memory', () => {
    const { file, folder } = written({ location: 'large', offset: String(3 * 2 ** 30) });
    writeFileSync(path.join(folder, 'large'), '');
    truncateSync(path.join(folder, 'large'), 3 * 2 ** 30 + 16);
    expect(readModel(file).graph.initializers.get('w')!.floats()).toEqual(new Float32Array(4));
  });
});

it('a file longer than a message can be is refused unread', () => {
  const file = path.join(temporaryFolder(), 'large.onnx');
  writeFileSync(file, '');
  truncateSync(file, 2 ** 40);
  expect(fault(file)).toMatchObject({ code: 'ERR_FILE', message: /1099511627776 bytes, a message has at most/ });
});
