// Types compared by the compiler.

/** True only if A and B are the same type, `any` included. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`: assertType<Same<A, B>>(). */
export declare function assertType<_T extends true>(): void;
