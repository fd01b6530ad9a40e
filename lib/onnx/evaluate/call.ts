// A node that is being computed: its inputs, its attributes, and what it keeps from run to run.
import type { ErrorCode } from '../../errors';
import { onnxError } from '../errors';
import {
  type ElementArray,
  floatOf,
  intOf,
  intsOf,
  type Node,
  type NumericType,
  stringOf,
  type TensorValue,
} from '../model';
import {
  decode,
  type FloatArray,
  floatsOfValue,
  integersOf,
  type NumberArray,
  numbersOf,
  numericType,
} from './numbers';

/** What a node keeps from run to run, and which of its inputs are the same in every run. */
export interface Kept {
  readonly values: Map<string, unknown>;
  readonly constant: readonly boolean[];
}

export class Call {
  readonly node: Node;
  readonly inputs: readonly (TensorValue | undefined)[];
  /** Version of the standard's operator set. */
  readonly opset: number;
  readonly #kept: Kept | undefined;

  constructor(node: Node, inputs: readonly (TensorValue | undefined)[], opset: number, kept?: Kept) {
    this.node = node;
    this.inputs = inputs;
    this.opset = opset;
    this.#kept = kept;
  }

  /** Throws `code`, naming the node. */
  fail(message: string, code: ErrorCode = 'ERR_SHAPE'): never {
    throw onnxError(code, `${this.node.label}: ${message}`, { node: this.node.name || this.node.label });
  }

  has(index: number): boolean {
    return this.inputs[index] !== undefined;
  }

  /** An input that must be there. Throws ERR_FILE if it is not. */
  input(index: number): TensorValue {
    return this.inputs[index] ?? this.fail(`input ${index} is missing`, 'ERR_FILE');
  }

  /** The values of an input to compute with; see decode(). */
  array(index: number): ElementArray {
    return decode(this.input(index));
  }

  numbers(index: number): NumberArray {
    return numbersOf(this.input(index));
  }

  floats(index: number): FloatArray {
    return floatsOfValue(this.input(index));
  }

  /** The values of an optional input. */
  optionalFloats(index: number): FloatArray | undefined {
    return this.has(index) ? this.floats(index) : undefined;
  }

  integers(index: number): number[] {
    return integersOf(this.input(index));
  }

  optionalIntegers(index: number): number[] | undefined {
    return this.has(index) ? this.integers(index) : undefined;
  }

  dims(index: number): readonly number[] {
    return this.input(index).dims;
  }

  type(index: number): NumericType {
    return numericType(this.input(index));
  }

  /** The one value of an optional input. Throws ERR_SHAPE if it has more or none. */
  scalar<D>(index: number, absent: D): number | D {
    if (!this.has(index)) return absent;
    const values = this.numbers(index);
    if (values.length !== 1) this.fail(`input ${index} must be one value, got dims [${this.dims(index).join(', ')}]`);
    return values[0]!;
  }

  int<D>(name: string, absent: D): number | D {
    return intOf(this.node, name, absent);
  }

  ints<D>(name: string, absent: D): readonly number[] | D {
    return intsOf(this.node, name, absent);
  }

  /** A float attribute as the float32 that it is in the file. */
  float(name: string, absent: number): number {
    return Math.fround(floatOf(this.node, name, absent));
  }

  string(name: string, absent: string): string {
    return stringOf(this.node, name, absent);
  }

  /** Integers that newer versions take as an input and older ones as an attribute; undefined where neither is there. */
  integersFrom(index: number, attribute: string, inputSince: number): readonly number[] | undefined {
    return this.opset >= inputSince ? this.optionalIntegers(index) : this.ints(attribute, undefined);
  }

  /** An axis of `rank` axes, counted from the end if negative. Throws ERR_RANGE outside. */
  axis(axis: number, rank: number): number {
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
      this.fail(`axis ${axis} is outside of ${rank} axes`, 'ERR_RANGE');
    return axis < 0 ? axis + rank : axis;
  }

  /** Throws ERR_SHAPE unless an input has a rank. */
  checkRank(index: number, rank: number): readonly number[] {
    const dims = this.dims(index);
    if (dims.length !== rank) this.fail(`input ${index} must have ${rank} dims, got [${dims.join(', ')}]`);
    return dims;
  }

  /** `make()`, kept from run to run if all these inputs are the same in every run. Absent inputs count as the same. */
  keep<T>(key: string, inputs: readonly number[], make: () => T): T {
    const kept = this.#kept;
    if (kept === undefined || !inputs.every((index) => !this.has(index) || kept.constant[index])) return make();
    if (!kept.values.has(key)) kept.values.set(key, make());
    return kept.values.get(key) as T;
  }

  /** True if keep() would keep what comes of these inputs. */
  keeps(inputs: readonly number[]): boolean {
    return inputs.every((index) => !this.has(index) || this.#kept?.constant[index] === true);
  }
}
