// Values that no call expects: wrong kinds, wrong sizes, memory that is gone or shared, objects that lie or throw.

/** What hostile getters and proxies throw: a call may let it pass, as it is the caller's own. */
export class HostileError extends Error {}

const fail = () => {
  throw new HostileError('thrown by an argument');
};

/** Cuts a typed array off from its memory. */
export function detach(array) {
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

const typedArray = Object.getPrototypeOf(Int8Array.prototype);
const byteLengthOf = (array) => Object.getOwnPropertyDescriptor(typedArray, 'byteLength').get.call(array);

const ARRAY_CLASSES = [
  Float32Array,
  Float64Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
];
const LENGTHS = [0, 1, 2, 3, 6, 8, 9, 64];

const NUMBERS = [-1, -0, 0, 0.5, 1, 2, 3, 7, -(2 ** 31), 2 ** 52, 2 ** 53, 2 ** 64, 1e300, NaN, Infinity, -Infinity];

const OTHERS = [
  () => undefined,
  () => null,
  () => true,
  () => false,
  () => 3n,
  () => '',
  () => 'int8',
  () => 'float32',
  () => 'x'.repeat(1000),
  () => Symbol('hostile'),
  () => () => 0,
  () => class {},
  () => ({}),
  () => [],
  () => [1, 2],
  () => [[]],
  () => [Symbol('item'), Object.create(null)],
  () => ({ length: 1e9 }),
  () => new Array(1e9),
  () => Object.create(null),
  () => new Date(0),
  () => /x/,
  () => new Map([[1, 2]]),
  () => new Error('an error'),
  () => Promise.resolve(1),
  () => globalThis,
  () => new ArrayBuffer(8),
  () => new SharedArrayBuffer(8),
  () => new DataView(new ArrayBuffer(8)),
  () => new Proxy({}, { get: fail, has: fail, getPrototypeOf: fail, ownKeys: fail }),
  () => new Proxy([], {}),
  () => ({ constructor: { name: Symbol('name') } }),
];

/** Objects whose properties throw, one at a time. */
const THROWING = ['type', 'dims', 'data', 'strides', 'scale', 'granularity', 'out', 'weight', 'length', 'weights'].map(
  (key) => () => Object.defineProperty({ type: 'float32', dims: [1], data: new Float32Array(1) }, key, { get: fail }),
);

const ELSEWHERE = [
  (Class, length) => detach(new Class(length)),
  (Class, length) => new Class(new SharedArrayBuffer(length * Class.BYTES_PER_ELEMENT)),
  (Class, length) => new Proxy(new Class(length), {}),
  (Class) => Object.create(Class.prototype),
  (Class, length) => Object.defineProperty(new Class(length), 'length', { value: length + 5 }),
  (Class, length) => Object.defineProperty(new Class(length), 'length', { get: fail }),
  (Class, length) => Object.setPrototypeOf(new Class(length), null),
  (Class, length) => new (class extends Class {})(length),
  (Class, length) => new Class(length + 3).subarray(1, 1 + length),
  (Class, length) => new Class(new WebAssembly.Memory({ initial: 1 }).buffer, 0, length),
];

// Buffers that change their length under a view, where the runtime has them.
if ('resizable' in ArrayBuffer.prototype) {
  const shrink = (Class, length, view) => {
    const buffer = new ArrayBuffer(length * Class.BYTES_PER_ELEMENT, { maxByteLength: 65536 });
    const array = view(buffer);
    buffer.resize(Math.floor(buffer.byteLength / 2));
    return array;
  };
  ELSEWHERE.push(
    (Class, length) => shrink(Class, length, (buffer) => new Class(buffer, 0, length)),
    (Class, length) => shrink(Class, length, (buffer) => new Class(buffer)),
    (Class, length) => new Class(new ArrayBuffer(length * Class.BYTES_PER_ELEMENT, { maxByteLength: 65536 })),
  );
}

/** A typed array of any class, length and kind of memory. */
function hostileArray(random) {
  const Class = random.pick(ARRAY_CLASSES);
  const length = random.pick(LENGTHS);
  return random.chance(0.4) ? new Class(length) : random.pick(ELSEWHERE)(Class, length);
}

/** The array that an argument should be, of nearly its length, in memory where it should not be; or anything else. */
export function spoil(value, random) {
  if (!ArrayBuffer.isView(value) || !ARRAY_CLASSES.includes(value.constructor)) return hostileValue(random);
  const near = byteLengthOf(value) / value.constructor.BYTES_PER_ELEMENT + random.pick([-1, 0, 0, 0, 1]);
  return random.pick(ELSEWHERE)(value.constructor, Math.max(near, 0));
}

/** Any hostile value. */
export function hostileValue(random) {
  return random.pick([
    () => hostileArray(random),
    () => random.pick(NUMBERS),
    () => random.pick(OTHERS)(),
    () => random.pick(THROWING)(),
  ])();
}
