// Writes a task's calibration samples as <folder>/<input name>.npy, axis 0 = samples: what `octavo quantize --calib` and
// onnxruntime_defaults.py read. Usage: node scripts/score/export_calibration.mjs TASK FOLDER
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TASKS } from './tasks.mjs';

const DESCR = { float32: '<f4', int32: '<i4', int64: '<i8' };

/** The bytes of an NPY file, version 1.0: the header fills up a multiple of 64 bytes. */
function npyBytes(type, dims, arrays) {
  const header = `{'descr': '${DESCR[type]}', 'fortran_order': False, 'shape': (${dims.join(', ')},), }`;
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded.length + 1);
  const data = arrays.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(`${padded}\n`), ...data]);
}

const [name, folder] = process.argv.slice(2);
const task = TASKS.find((one) => one.name.toLowerCase() === name?.toLowerCase());
if (task === undefined || folder === undefined) throw new Error('usage: export_calibration.mjs TASK FOLDER');
const { calibration } = await task.open();
mkdirSync(folder, { recursive: true });
for (const input of Object.keys(calibration[0].feeds)) {
  const tensors = calibration.map(({ feeds }) => feeds[input]);
  const samples = tensors.reduce((total, { dims }) => total + dims[0], 0);
  const dims = [samples, ...tensors[0].dims.slice(1)];
  writeFileSync(
    path.join(folder, `${input}.npy`),
    npyBytes(
      tensors[0].type,
      dims,
      tensors.map(({ data }) => data),
    ),
  );
}
