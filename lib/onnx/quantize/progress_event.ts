// What quantize() tells of its progress.

/** In the order in which they come; those that do not apply are left out. */
export type Phase =
  | 'read'
  | 'prepare'
  | 'calibrate'
  | 'correct'
  | 'quantize'
  | 'check'
  | 'evaluate'
  | 'sensitivity'
  | 'measure';

export interface ProgressEvent {
  readonly phase: Phase;
  /** Steps of the phase that are done: samples, layers, runs. */
  readonly done: number;
  /** undefined where nobody knows how many there are. */
  readonly total?: number | undefined;
}

/** Stops work between two steps, and says how far it is. */
export interface Watch {
  readonly signal: AbortSignal | undefined;
  readonly report: (phase: Phase, done: number, total?: number) => void;
}

export function watchOf(options: {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
}): Watch {
  const { signal, onProgress } = options;
  return {
    signal,
    report: (phase, done, total) => {
      signal?.throwIfAborted();
      onProgress?.({ phase, done, total });
    },
  };
}
