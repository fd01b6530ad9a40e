// A progress bar on stderr, for people: none where stderr is not a terminal.
import { Presets, SingleBar } from 'cli-progress';
import { onInterrupt } from './exit';

export interface Progress {
  /** Shows that `done` (0 to 1) of a step is done. */
  update(step: string, done: number): void;
  /** Takes the bar off the screen. */
  stop(): void;
}

/** No bar at all: for --json, pipes and files. */
export const NO_PROGRESS: Progress = { update: () => undefined, stop: () => undefined };

function createBar(): Progress {
  const bar = new SingleBar(
    { format: '{step} [{bar}] {percentage} %', barsize: 30, clearOnComplete: true, stream: process.stderr },
    Presets.legacy,
  );
  bar.start(100, 0, { step: 'starting' });
  // An interrupt must not leave the terminal with the bar's settings.
  const forget = onInterrupt(() => bar.stop());
  return {
    update: (step, done) => bar.update(Math.floor(100 * done), { step: step.padEnd(STEP_WIDTH) }),
    stop: () => {
      forget();
      bar.stop();
    },
  };
}

/** Steps of different length must not move the bar. */
const STEP_WIDTH = 26;

/** A bar if `wanted` and stderr is a terminal that can move its cursor. */
export function startProgress(wanted: boolean): Progress {
  return wanted && process.stderr.isTTY && process.env.TERM !== 'dumb' ? createBar() : NO_PROGRESS;
}
