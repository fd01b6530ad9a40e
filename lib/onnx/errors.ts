// Errors of ONNX models: octavo's own, with the place in the model that they are about.
import { type AnyOctavoError, type ErrorCode, isOctavoError, makeError } from '../errors';

export interface OnnxErrorDetails {
  /** The node's name, or its label where it has none. */
  readonly node?: string | undefined;
  readonly tensor?: string | undefined;
  /** Which calibration or evaluation sample, from 0. */
  readonly sample?: number | undefined;
  /** What to do about it, as one sentence. */
  readonly hint?: string | undefined;
}

export type OnnxError = AnyOctavoError & OnnxErrorDetails;

const FIELDS = ['node', 'tensor', 'sample', 'hint'] as const;

const LONGEST_MESSAGE = 2000;

/** Names come from files: no control characters of theirs reach a terminal, and no megabytes. */
function printable(message: string): string {
  const shown = message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}...` : message;
  return shown.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The error of a code, carrying those details that are given; the message does not repeat the hint. */
export function onnxError(
  code: ErrorCode,
  message: string,
  details: OnnxErrorDetails & { readonly cause?: unknown } = {},
): OnnxError {
  const error = makeError(code, printable(message), details.cause === undefined ? undefined : { cause: details.cause });
  for (const field of FIELDS)
    if (details[field] !== undefined)
      Object.defineProperty(error, field, { value: details[field], enumerable: true, configurable: true });
  return error;
}

/** Puts a prefix, such as a file's name, before an error's message; its code and details stay. Other errors stay as they are. */
export function withContext(prefix: string, error: unknown): unknown {
  if (!isOctavoError(error)) return error;
  const details = error as OnnxError;
  return onnxError(error.code, `${prefix}: ${error.message}`, { ...pick(details), cause: error });
}

function pick(details: OnnxErrorDetails): OnnxErrorDetails {
  return Object.fromEntries(FIELDS.map((field) => [field, details[field]]));
}
