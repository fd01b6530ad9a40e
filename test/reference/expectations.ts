// What the facade's tests expect again and again: equal bits, and octavo's own errors.
import { expect } from 'vitest';
import { type ErrorCode, isOctavoError } from '../../lib/errors';

type Numbers = Float32Array | Uint16Array | Int32Array | Int8Array | Uint8Array;

/** Equal class, length and bits (so that -0 is not 0); any NaN equals any NaN. */
export function expectSameBits(actual: unknown, expected: Numbers, label = ''): void {
  if (actual?.constructor !== expected.constructor) throw new Error(`${label}: got another class than expected`);
  const found = actual as Numbers;
  expect(found.length, label).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    if (!Object.is(found[i], expected[i])) expect.fail(`${label} [${i}]: ${found[i]} instead of ${expected[i]}`);
}

/** Throws unless `error` is octavo's own, has one of the codes, and a message of one line. */
export function checkError(error: unknown, code: ErrorCode | readonly ErrorCode[], message = /./): void {
  if (!isOctavoError(error)) throw new Error(`not an error of octavo: ${error}`, { cause: error });
  expect([code].flat(), error.message).toContain(error.code);
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain('\n');
}

export function expectCode(call: () => unknown, code: ErrorCode | readonly ErrorCode[], message?: RegExp): void {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    checkError(error, code, message);
    return;
  }
  expect.fail(`expected ${code}, but the call returned ${result}`);
}

/** As expectCode, for a promise: the call itself must not throw. */
export async function expectRejection(
  promise: Promise<unknown>,
  code: ErrorCode | readonly ErrorCode[],
  message?: RegExp,
): Promise<void> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome) expect.fail(`expected ${code}, but the call resolved`);
  checkError(outcome.error, code, message);
}
