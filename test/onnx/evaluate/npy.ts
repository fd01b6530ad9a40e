// NumPy files of one tensor, in their own element type.
import { readFileSync } from 'node:fs';
import { arrayOver, type NumericType, type TensorValue } from '../../../lib/onnx/model';

const TYPES: Record<string, NumericType> = {
  '<f4': 'float32',
  '<i8': 'int64',
  '<i4': 'int32',
  '|u1': 'uint8',
  '|i1': 'int8',
};

export function readNpy(file: string): TensorValue {
  const bytes = readFileSync(file);
  const end = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, end);
  const type = TYPES[/'descr': '([^']+)'/.exec(header)![1]!]!;
  const dims = /'shape': \(([^)]*)\)/
    .exec(header)![1]!
    .split(',')
    .filter((dim) => dim.trim() !== '')
    .map(Number);
  return { type, dims, data: arrayOver(type, new Uint8Array(bytes.subarray(end))) };
}
