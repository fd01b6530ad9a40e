// Asynchronous calls whose second halves happen in the order of the calls.
import { untilReason } from './until_reason';

export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Runs `second` on what `first` comes to, after the turns of all earlier calls are over, however they end. An aborted
   * signal rejects at once, and `second` then never runs.
   */
  take<Half, Result>(
    first: Promise<Half>,
    second: (half: Half) => Promise<Result> | Result,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const before = this.#last;
    const turn = (async () => {
      const [half] = await Promise.all([first, untilReason(before, signal)]);
      return second(half);
    })();
    this.#last = Promise.allSettled([before, turn]);
    return turn;
  }
}
