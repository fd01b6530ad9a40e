// A writer of the protocol buffers wire format: the few field kinds that a small ONNX model needs.

const VARINT = 0;
const LENGTH = 2;

/** Writes the fields of one message. Every method returns the writer. */
export class ProtobufWriter {
  private readonly chunks: Uint8Array[] = [];

  /** A non-negative integer up to 2^53 - 1 (int64, int32, enum). */
  integer(field: number, value: number): this {
    return this.push(varint(field * 8 + VARINT), varint(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.push(varint(field * 8 + LENGTH), varint(value.byteLength), value);
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: ProtobufWriter): this {
    return this.bytes(field, value.finish());
  }

  /** The message as one array. */
  finish(): Uint8Array {
    const length = this.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    const whole = new Uint8Array(length);
    let at = 0;
    for (const chunk of this.chunks) {
      whole.set(chunk, at);
      at += chunk.byteLength;
    }
    return whole;
  }

  private push(...chunks: Uint8Array[]): this {
    this.chunks.push(...chunks);
    return this;
  }
}

/** Base-128, least significant group first. Works by division: sizes may pass 2^31. */
function varint(value: number): Uint8Array {
  const groups: number[] = [];
  let rest = value;
  while (rest >= 128) {
    groups.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  groups.push(rest);
  return Uint8Array.from(groups);
}
