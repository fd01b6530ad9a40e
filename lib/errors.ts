// Every error that octavo throws: an Error, TypeError or RangeError that carries a `code`.

export type ErrorCode =
  | 'ERR_SHAPE' // dims, lengths or strides that do not fit together
  | 'ERR_DTYPE' // an element type, or a kind of object, that the call does not take
  | 'ERR_RANGE' // a number outside its documented range
  | 'ERR_DISPOSED' // a handle used after dispose()
  | 'ERR_UNSUPPORTED' // valid, but not implemented here
  | 'ERR_FILE' // a file that cannot be read, or is not what its name promises
  | 'ERR_NO_CALIBRATION_DATA' // a tensor whose range must be known, and no sample that shows it
  | 'ERR_BUDGET' // a result that misses the accuracy it was asked for
  | 'ERR_ABORTED' // an AbortSignal fired
  | 'ERR_LOAD' // the native addon could not be loaded
  | 'ERR_MEMORY' // a device that has no more memory
  | 'ERR_DEVICE' // a device that failed, or was lost
  | 'ERR_NATIVE'; // the native core refused what the facade let through

/** The base of octavo's own errors: test `error.code`, not the message. */
export class OctavoError extends Error {
  override readonly name: string = 'OctavoError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A value of the wrong kind; `code` is `ERR_DTYPE`. */
export class OctavoTypeError extends TypeError {
  override readonly name: string = 'OctavoTypeError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A value of the right kind outside its range or shape; `code` is `ERR_RANGE` or `ERR_SHAPE`. */
export class OctavoRangeError extends RangeError {
  override readonly name: string = 'OctavoRangeError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export type AnyOctavoError = OctavoError | OctavoTypeError | OctavoRangeError;

/** The error class that belongs to a code. */
export function makeError(code: ErrorCode, message: string, options?: ErrorOptions): AnyOctavoError {
  switch (code) {
    case 'ERR_DTYPE':
      return new OctavoTypeError(code, message, options);
    case 'ERR_RANGE':
    case 'ERR_SHAPE':
      return new OctavoRangeError(code, message, options);
    default:
      return new OctavoError(code, message, options);
  }
}

/** True for the three error classes of this module, from whichever copy of the package they come. */
export function isOctavoError(error: unknown): error is AnyOctavoError {
  return (
    error instanceof Error &&
    ['OctavoError', 'OctavoTypeError', 'OctavoRangeError'].includes(error.name) &&
    typeof (error as { code?: unknown }).code === 'string'
  );
}
