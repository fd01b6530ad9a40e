// Errors of ONNX models carry the place that they are about.
import { expect, it } from 'vitest';
import { isOctavoError } from '../../lib/errors';
import { onnxError, withContext } from '../../lib/onnx/errors';

it('carry code, node, tensor, sample, hint and cause', () => {
  const cause = new Error('inner');
  const error = onnxError('ERR_NO_CALIBRATION_DATA', "'h' saw no samples", {
    ...{ node: 'fc', tensor: 'h', sample: 3, hint: 'Pass a folder of .npy files.', cause },
  });
  expect(isOctavoError(error)).toBe(true);
  expect({ ...error }).toEqual({
    ...{ name: 'OctavoError', code: 'ERR_NO_CALIBRATION_DATA', node: 'fc' },
    ...{ tensor: 'h', sample: 3, hint: 'Pass a folder of .npy files.' },
  });
  expect(error.cause).toBe(cause);
  expect(onnxError('ERR_SHAPE', 'x')).toBeInstanceOf(RangeError);
});

it('carry no field that was not given', () => {
  expect(Object.keys(onnxError('ERR_FILE', 'x', { node: 'n' }))).toEqual(['code', 'name', 'node']);
});

it('keep their details behind a prefix', () => {
  const inner = onnxError('ERR_BUDGET', 'too far', { tensor: 't', sample: 0 });
  const outer = withContext('a.onnx', inner) as Error;
  expect({ ...outer }).toMatchObject({ code: 'ERR_BUDGET', tensor: 't', sample: 0 });
  expect(outer).toHaveProperty('message', 'a.onnx: too far');
  const foreign = new Error('foreign');
  expect(withContext('a.onnx', foreign)).toBe(foreign);
});

it('show no control characters of names, and no megabytes', () => {
  const error = onnxError('ERR_FILE', `tensor '\x1b[2J\n${'w'.repeat(1e6)}'`, { tensor: '\x1b' });
  expect(error.message).toMatch(/^tensor '\\x1b\[2J\\x0aw+\.\.\.$/);
  expect(error.message.length).toBeLessThan(2100);
  expect(error.tensor).toBe('\x1b');
});
