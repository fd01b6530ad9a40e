// Memory of asynchronous reads and writes.

/**
 * @internal Says that memory is this package's own: nobody else can transfer or resize it while the system reads or writes it. What
 * users hand over is copied, since the system would go on with memory that is no longer there.
 */
export const OWNED: unique symbol = Symbol('owned');
export type Owned = typeof OWNED;

/** What is copied at a time. */
export const COPY_BYTES = 2 ** 22;
