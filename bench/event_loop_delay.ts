// How long the event loop keeps a timer waiting: what calls on the loop's own thread would do to everybody else.
import { type Latency, summarizeLatency } from './statistics';

/** Milliseconds of the timer. The loop counts in whole milliseconds, so that even an idle one is up to one late. */
const PERIOD = 1;

/** Starts watching; the function that comes back stops it and tells how late the timer was each time, in seconds. */
export function watchEventLoop(): () => Latency {
  const delays: number[] = [];
  let expected = performance.now() + PERIOD;
  let timer: NodeJS.Timeout;
  const tick = (): void => {
    const now = performance.now();
    delays.push(Math.max(0, now - expected) / 1000);
    expected = now + PERIOD;
    timer = setTimeout(tick, PERIOD);
  };
  timer = setTimeout(tick, PERIOD);
  return () => {
    clearTimeout(timer);
    // A loop that was blocked to the end has not been seen late yet.
    delays.push(Math.max(0, performance.now() - expected) / 1000);
    return summarizeLatency(delays);
  };
}
