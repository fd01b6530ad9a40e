// The file beside a model that holds its tensors: where each lies, and its bytes.
import { create } from '@bufbuild/protobuf';
import { codeOf, type Model, type ModelTensor, type TensorSource } from '../model';
import { StringStringEntryProtoSchema, TensorProto_DataLocation, TensorProtoSchema } from '../schema/onnx_pb';
import type { PlaceTensor } from './message';
import { rawBytes, splitTensor } from './tensor';

/** Smaller tensors stay in the model: shapes and the like are looked at without their file. */
const MIN_EXTERNAL_BYTES = 1024;
/** Large tensors begin where systems can map them: at a multiple of Windows' allocation granularity. */
const MAPPED_BYTES = 2 ** 20;
const MAPPED_ALIGNMENT = 2 ** 16;
const ALIGNMENT = 64;

const alignedTo = (offset: number, alignment: number): number => Math.ceil(offset / alignment) * alignment;

interface Placed {
  readonly name: string;
  readonly tensor: ModelTensor;
  readonly offset: number;
}

const isExternal = ({ source, byteLength }: ModelTensor): boolean =>
  source.kind !== 'strings' && byteLength >= MIN_EXTERNAL_BYTES;

export class ExternalLayout {
  /** Tensors of one source are stored once. */
  readonly #placed = new Map<TensorSource, Placed>();
  readonly #location: string;

  /** `location` is the data file's name, relative to the model's folder. */
  constructor(model: Model, location: string) {
    this.#location = location;
    let end = 0;
    for (const [name, tensor] of model.graph.initializers) {
      if (!isExternal(tensor) || this.#placed.has(tensor.source)) continue;
      const offset = alignedTo(end, tensor.byteLength >= MAPPED_BYTES ? MAPPED_ALIGNMENT : ALIGNMENT);
      this.#placed.set(tensor.source, { name, tensor, offset });
      end = offset + tensor.byteLength;
    }
  }

  get isEmpty(): boolean {
    return this.#placed.size === 0;
  }

  /** A tensor's message, which says where its bytes lie. */
  readonly place: PlaceTensor = (name, tensor) => {
    const placed = this.#placed.get(tensor.source);
    if (placed === undefined) return splitTensor(name, tensor);
    const entry = (key: string, value: number | string) =>
      create(StringStringEntryProtoSchema, { key, value: String(value) });
    const message = create(TensorProtoSchema, {
      name,
      dims: tensor.dims.map(BigInt),
      dataType: codeOf(tensor.type),
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: [
        entry('location', this.#location),
        entry('offset', placed.offset),
        entry('length', tensor.byteLength),
      ],
    });
    return { message, raw: undefined };
  };

  /** The data file, one tensor at a time. */
  *chunks(): Generator<Uint8Array> {
    let end = 0;
    for (const { name, tensor, offset } of this.#placed.values()) {
      if (offset > end) yield new Uint8Array(offset - end);
      yield rawBytes(name, tensor);
      end = offset + tensor.byteLength;
    }
  }
}
