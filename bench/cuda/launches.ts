// Times work on the GPU by the GPU's own events: launches are queued while it waits, and run without a gap.
import { addon } from '../../lib/addon';
import type { Player, RoundLimits } from '../rounds';
import type { Gpu } from './gpu';

/** Nanoseconds that the GPU waits at least and at most while launches are queued. */
const HOLD = { least: 100_000, most: 500_000_000 };
/** So much longer than queuing took the last time. */
const HOLD_SPARE = 1.5;
const ATTEMPTS = 4;
/** A stream's queue has room for about a thousand launches; one piece of work may be several. */
const MOST_LAUNCHES = 200;

/** Seconds of a piece of work, from many of them in a row. */
export class LaunchClock {
  private turn = 0;
  private queueNanoseconds = 0;

  constructor(
    private readonly gpu: Gpu,
    private readonly launch: (turn: number) => void,
  ) {}

  /** Seconds of one of `count` launches. */
  async time(count: number): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      // The emulated GPU computes while it is asked to: nothing is queued.
      const most = this.gpu.shrink > 1 ? HOLD.least : HOLD.most;
      const hold = Math.min(most, HOLD.least + HOLD_SPARE * this.queueNanoseconds * count);
      const { seconds, queuedSeconds } = await addon.cudaTime(this.gpu.handle, hold, count, () => {
        this.launch(this.turn++);
      });
      this.queueNanoseconds = (queuedSeconds * 1e9) / count;
      // Queued before the GPU began, or so far ahead of it that it never waited for the next.
      const isGapless = queuedSeconds * 1e9 <= hold || 2 * queuedSeconds < seconds;
      if (isGapless || attempt === ATTEMPTS || this.gpu.shrink > 1) return seconds / count;
    }
  }
}

export interface TimedLaunch {
  readonly player: Player;
  /** Launches that make a sample. */
  readonly launches: number;
  /** What a sample takes, in seconds. */
  readonly seconds: number;
}

/** Warms a launch up and makes a player of it, whose unit is one of `units` that a launch does. */
export async function timedLaunch(
  gpu: Gpu,
  launch: (turn: number) => void,
  limits: RoundLimits,
  units = 1,
): Promise<TimedLaunch> {
  const clock = new LaunchClock(gpu, launch);
  await clock.time(1); // loads the kernel
  const first = await clock.time(2);
  const launches = Math.min(MOST_LAUNCHES, Math.max(1, Math.ceil(limits.minSample / Math.max(first, 1e-9))));
  const each = await clock.time(launches);
  return { player: { sample: async () => (await clock.time(launches)) / units }, launches, seconds: each * launches };
}
