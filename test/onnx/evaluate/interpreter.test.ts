// Runs of models: outputs, constants, errors, signals, memory.
import { describe, expect, it } from 'vitest';
import { canEvaluate, evaluate, evaluateNode, Interpreter } from '../../../lib/onnx/evaluate';
import { attribute, Graph, ModelTensor, type TensorValue } from '../../../lib/onnx/model';
import { floats, info, model, node } from '../operators/small_graphs';
import { tensor } from '../operators/values';

/** y = relu(x · w + b), w from a constant that is computed, and a node that nobody reads. */
const layer = () =>
  model({
    inputs: [info('x', ['n', 2])],
    outputs: [info('y', ['n', 2])],
    initializers: new Map([
      ['w8', floats([2, 2], 1, 2, 3, 4)],
      ['half', floats([], 0.5)],
      ['b', floats([2], -4, 1)],
    ]),
    nodes: [
      node('Mul', ['w8', 'half'], ['w']),
      node('MatMul', ['x', 'w'], ['xw']),
      node('Add', ['xw', 'b'], ['sum']),
      node('Mystery', ['sum'], ['unread'], { domain: 'example' }),
      node('Relu', ['sum'], ['y']),
    ],
  });
const x: TensorValue = tensor([1, 2], [2, 1]);

describe('a run', () => {
  it('gives the model’s outputs, and passes nodes over that they do not need', async () => {
    expect(await evaluate(layer(), { x })).toEqual({ y: tensor([1, 2], [0, 5]) });
  });

  it('gives any tensors, inputs and initializers among them', async () => {
    const outputs = await evaluate(layer(), { x }, { outputs: ['sum', 'x', 'b', 'w'] });
    expect(outputs).toEqual({
      sum: tensor([1, 2], [-1.5, 5]),
      x,
      b: tensor([2], [-4, 1]),
      w: tensor([2, 2], [0.5, 1, 1.5, 2]),
    });
  });

  it('gives copies of constants, and never changes what it is fed', async () => {
    const interpreter = new Interpreter(layer());
    const first = await interpreter.run({ x }, { outputs: ['w', 'y'] });
    (first.w!.data as Float32Array).fill(99);
    const second = await interpreter.run({ x }, { outputs: ['w', 'y'] });
    expect([second.w, second.y]).toEqual([tensor([2, 2], [0.5, 1, 1.5, 2]), tensor([1, 2], [0, 5])]);
    expect(x.data).toEqual(Float32Array.of(2, 1));
  });

  it('is the same when it is repeated, synchronous, or after dispose()', async () => {
    const interpreter = new Interpreter(layer());
    const first = await interpreter.run({ x });
    expect(await interpreter.run({ x })).toEqual(first);
    expect(interpreter.runSync({ x })).toEqual(first);
    interpreter.dispose();
    expect(interpreter.runSync({ x: tensor([2, 2], [2, 1, 0, 0]) }).y).toEqual(tensor([2, 2], [0, 5, 0, 1]));
  });

  it('computes what is the same in every run once', async () => {
    const one = layer();
    const interpreter = new Interpreter(one);
    const outputs = ['w', 'y'];
    const first = await interpreter.run({ x }, { outputs });
    // a second computation of w would see this
    (one.graph.initializers.get('half')!.array() as Float32Array)[0] = 100;
    expect(await interpreter.run({ x }, { outputs })).toEqual(first);
    expect((await new Interpreter(one).run({ x })).y).toEqual(tensor([1, 2], [496, 801]));
  });
});

describe('what a run refuses', () => {
  const refusal = async (run: () => Promise<unknown>) =>
    run().then(
      () => undefined,
      ({ code, message, node, tensor, hint }) => ({ code, message, node, tensor, hint }),
    );

  it('an operator that is not known, before anything is computed', async () => {
    expect(await refusal(() => evaluate(layer(), {}, { outputs: ['unread'] }))).toEqual({
      code: 'ERR_UNSUPPORTED',
      message: "the reference interpreter has no example Mystery 'Mystery of unread' of operator set 17",
      node: 'Mystery of unread',
      tensor: undefined,
      hint: 'Install onnxruntime-node to run this model.',
    });
  });

  it('tensors that the graph does not have', async () => {
    expect(await refusal(() => evaluate(layer(), { x }, { outputs: ['z'] }))).toMatchObject({
      code: 'ERR_FILE',
      tensor: 'z',
    });
  });

  it.each([
    ['nothing', {}, 'ERR_RANGE', "the input 'x' is not fed"],
    ['an unknown name', { x, z: x }, 'ERR_RANGE', "no input 'z'"],
    ['another rank', { x: tensor([2], [1, 2]) }, 'ERR_SHAPE', 'must be [n, 2], got [2]'],
    ['another length', { x: tensor([1, 3], [1, 2, 3]) }, 'ERR_SHAPE', 'must be [n, 2], got [1, 3]'],
    ['another type', { x: tensor([1, 2], [1, 2], 'int8') }, 'ERR_DTYPE', 'must be float32, got int8'],
    ['data of another class', { x: { ...x, data: new Int8Array(2) } }, 'ERR_DTYPE', 'data of another kind'],
    ['too little data', { x: { ...x, data: new Float32Array(1) } }, 'ERR_SHAPE', '[1, 2] has 1 values'],
    ['negative dims', { x: { ...x, dims: [-1, 2] } }, 'ERR_SHAPE', 'impossible dims'],
    ['no tensor', { x: 3 as unknown as TensorValue }, 'ERR_DTYPE', 'must be a tensor'],
  ] as const)('feeds of %s', async (_, feeds, code, message) => {
    const refused = await refusal(() => evaluate(layer(), feeds));
    expect(refused?.code).toBe(code);
    expect(refused?.message).toContain(message);
  });

  it('inputs that do not fit together, naming the node', async () => {
    const odd = model({
      inputs: [info('x', undefined)],
      outputs: [info('y', undefined)],
      initializers: new Map([['w', floats([3, 1], 1, 2, 3)]]),
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
    });
    expect(await refusal(() => evaluate(odd, { x }))).toMatchObject({
      code: 'ERR_SHAPE',
      node: 'MatMul of y',
      message: "MatMul 'MatMul of y': [1, 2] and [3, 1] cannot be multiplied",
    });
  });
});

describe('signals and turns', () => {
  const chain = (count: number, dims: readonly number[]) =>
    model({
      inputs: [info('t0', dims)],
      outputs: [info(`t${count}`, dims)],
      nodes: Array.from({ length: count }, (_, i) => node('Tanh', [`t${i}`], [`t${i + 1}`])),
    });

  it('stops between nodes, with the reason of the signal', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const run = evaluate(
      chain(2000, [20_000]),
      { t0: tensor([20_000], Array(20_000).fill(0.5)) },
      { signal: controller.signal },
    );
    setTimeout(() => controller.abort(reason), 5);
    await expect(run).rejects.toBe(reason);
    await expect(evaluate(layer(), { x }, { signal: controller.signal })).rejects.toBe(reason);
  });

  it('leaves the event loop its turns', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await evaluate(chain(300, [20_000]), { t0: tensor([20_000], Array(20_000).fill(0.5)) });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
  });

  it('keeps no tensor that nothing reads any more', async () => {
    const [count, values] = [60, 4e6];
    const seen: number[] = [];
    const before = process.memoryUsage().arrayBuffers;
    // asked before every node
    const signal = Object.assign(new AbortController().signal, {});
    Object.defineProperty(signal, 'aborted', {
      get: () => {
        seen.push(process.memoryUsage().arrayBuffers - before);
        return false;
      },
    });
    const attributes = { axis: attribute.int(0) };
    const copies = model({
      inputs: [info('t0', [values])],
      outputs: [info(`t${count}`, [values])],
      nodes: Array.from({ length: count }, (_, i) => node('Concat', [`t${i}`], [`t${i + 1}`], { attributes })),
    });
    await evaluate(copies, { t0: { type: 'float32', dims: [values], data: new Float32Array(values) } }, { signal });
    expect(seen.length).toBeGreaterThan(count);
    expect(Math.max(...seen)).toBeLessThan((count * values * 4) / 2);
  });
});

describe('large products', () => {
  const size = 480;
  const numbers = Array.from({ length: size * size }, (_, i) => ((i * 7919) % 201) / 100 - 1);
  const big = () =>
    model({
      inputs: [info('x', [size, size])],
      outputs: [info('y', [size, size])],
      initializers: new Map([['w', ModelTensor.of('float32', [size, size], Float32Array.from(numbers))]]),
      nodes: [
        node('MatMul', ['w', 'w'], ['ww']),
        node('MatMul', ['x', 'ww'], ['xww']),
        node('MatMul', ['xww', 'x'], ['y']),
      ],
    });
  const fed = { x: tensor([size, size], numbers) };

  it('are computed off the event loop, with the same result', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const later = await evaluate(big(), fed);
    clearInterval(timer);
    expect(later).toEqual(new Interpreter(big()).runSync(fed));
    expect(turns).toBeGreaterThan(0);
  });

  it('may run side by side in one interpreter', async () => {
    const interpreter = new Interpreter(big());
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => interpreter.run(fed)));
    for (const other of others) expect(other).toEqual(first);
    expect(first).toEqual(new Interpreter(big()).runSync(fed));
  });
});

describe('graphs within nodes', () => {
  const branch = (op: string) =>
    attribute.graph(
      new Graph({ nodes: [node(op, ['sum', 'one'], [`${op} out`])], outputs: [info(`${op} out`, undefined)] }),
    );
  const one = new Map([['one', floats([], 1)]]);

  it('If runs one branch, which reads tensors around it', async () => {
    const graph = model({
      inputs: [info('c', [], 'bool'), info('sum', [1])],
      outputs: [info('y', undefined)],
      initializers: one,
      nodes: [node('If', ['c'], ['y'], { attributes: { then_branch: branch('Add'), else_branch: branch('Sub') } })],
    });
    const run = async (c: number) =>
      (await evaluate(graph, { c: tensor([], [c], 'bool'), sum: tensor([1], [5]) })).y!.data[0];
    expect([await run(1), await run(0)]).toEqual([6, 4]);
  });

  it('Loop carries values and stacks what it scans', async () => {
    const body = new Graph({
      inputs: [info('i', [], 'int64'), info('go', [], 'bool'), info('a', [1])],
      outputs: [info('go2', [], 'bool'), info('b', [1]), info('seen', [1])],
      nodes: [
        node('Add', ['a', 'a'], ['b']),
        node('Add', ['a', 'one'], ['seen']),
        node('Less', ['b', 'limit'], ['go1']),
        node('Squeeze', ['go1'], ['go2']),
      ],
    });
    const graph = model({
      inputs: [info('a0', [1])],
      outputs: [info('last', undefined), info('all', undefined)],
      initializers: new Map([...one, ['limit', floats([], 20)]]),
      nodes: [node('Loop', ['', '', 'a0'], ['last', 'all'], { attributes: { body: attribute.graph(body) } })],
    });
    const { last, all } = await evaluate(graph, { a0: tensor([1], [3]) });
    expect([last!.data, all!.dims, all!.data]).toEqual([Float32Array.of(24), [3, 1], Float32Array.of(4, 7, 13)]);
  });

  it('are looked into by canEvaluate', () => {
    const holder = (op: string) =>
      node('If', ['c'], ['y'], { attributes: { then_branch: branch(op), else_branch: branch('Add') } });
    expect([canEvaluate(holder('Sub'), 17), canEvaluate(holder('Mystery'), 17)]).toEqual([true, false]);
  });
});

it('knows operators from the version on that introduced them, and none beyond the newest', () => {
  const gelu = node('Gelu', ['x'], ['y']);
  expect([19, 20, 25, 26].map((opset) => canEvaluate(gelu, opset))).toEqual([false, true, true, false]);
  expect(() => evaluateNode(gelu, [x], 19)).toThrow("no ai.onnx Gelu 'Gelu of y' of operator set 19");
});
