// What the card can do at most, measured: bandwidth of its memory, and products of its tensor cores.
import { addon } from '../../lib/addon';
import { memoryOf } from '../../lib/cuda/device_tensor';
import type { Rate } from '../peaks';
import { playRounds, type RoundLimits, samplesOf } from '../rounds';
import { summarize } from '../statistics';
import { Disposables, type GpuWork } from './contestant';
import type { Gpu } from './gpu';
import { LaunchClock, timedLaunch } from './launches';

/** 'mma': products of warps; 'wgmma': those of warp groups, compute capability 9.0 only. */
export type LimitKind = 'read' | 'copy' | 'mma' | 'wgmma';

/** Bytes per second, or operations. */
export interface GpuLimits {
  readonly read: Rate;
  readonly copy: Rate;
  readonly mma: Rate;
  readonly wgmma: Rate | null;
}

/** Bytes that reading and copying go through, if the card has them: many times its cache. */
const MEMORY_BYTES = 2 ** 30;
const MEMORY_PART = 1 / 8;
/** What a launch of the product loops lasts, about. */
const LOOP_SECONDS = 0.001;

export interface LimitLoop {
  readonly launch: () => void;
  /** Bytes or operations of a launch. */
  readonly units: number;
}

/** The loops that measure limits, with the memory that they need. */
export class LimitLoops {
  private readonly owned = new Disposables();
  private readonly loops = new Map<LimitKind, LimitLoop>();
  readonly kinds: readonly LimitKind[];

  constructor(private readonly gpu: Gpu) {
    this.kinds =
      gpu.device.info.computeCapability === '9.0' ? ['read', 'copy', 'mma', 'wgmma'] : ['read', 'copy', 'mma'];
  }

  async loop(kind: LimitKind): Promise<LimitLoop> {
    const known = this.loops.get(kind);
    if (known !== undefined) return known;
    const made = kind === 'read' || kind === 'copy' ? this.memoryLoop(kind) : await this.productLoop(kind);
    this.loops.set(kind, made);
    return made;
  }

  private memoryLoop(kind: 'read' | 'copy'): LimitLoop {
    const { device, handle, shrink } = this.gpu;
    const most = Math.min(MEMORY_BYTES / shrink, device.freeBytes * MEMORY_PART);
    const bytes = Math.floor(most / 256) * 256;
    const from = memoryOf(this.owned.add(device.empty('int8', [bytes])));
    const to = memoryOf(this.owned.add(device.empty('int8', [kind === 'copy' ? bytes : 256])));
    const launch = () => addon.cudaPeak(handle, kind, to, bytes, from);
    return { launch, units: launch() };
  }

  private async productLoop(kind: 'mma' | 'wgmma'): Promise<LimitLoop> {
    const { device, handle, shrink } = this.gpu;
    const sink = memoryOf(this.owned.add(device.empty('int32', [64])));
    const run = (repeats: number) => addon.cudaPeak(handle, kind, sink, repeats);
    if (shrink > 1) return { launch: () => run(1), units: run(1) };
    const clock = new LaunchClock(this.gpu, () => run(1000));
    await clock.time(1);
    const repeats = Math.max(1, Math.round((1000 * LOOP_SECONDS) / Math.max(await clock.time(4), 1e-9)));
    return { launch: () => run(repeats), units: run(repeats) };
  }

  dispose(): void {
    this.owned.dispose();
  }
}

/** Measures each limit, the loops taking turns. */
export async function measureLimits(gpu: Gpu, loops: LimitLoops, limits: RoundLimits): Promise<GpuLimits> {
  const players = [];
  for (const kind of loops.kinds) {
    const { launch, units } = await loops.loop(kind);
    players.push((await timedLaunch(gpu, launch, limits, units)).player);
  }
  const tracks = await playRounds(players, limits);
  const rates = tracks.map((track) => {
    const { best, median } = summarize(samplesOf(track));
    return { best: 1 / best, median: 1 / median };
  }) as [Rate, Rate, Rate, Rate?];
  const [read, copy, mma, wgmma = null] = rates;
  return { read, copy, mma, wgmma };
}

/** The limit that a piece of work meets first, as a roofline has it. */
export function limitOf({ operations, bytes, traffic }: GpuWork, limits: GpuLimits): LimitKind {
  const products = limits.wgmma !== null && limits.wgmma.best > limits.mma.best ? 'wgmma' : 'mma';
  const peak = (products === 'wgmma' ? limits.wgmma : limits.mma)?.best ?? Number.NaN;
  return operations / peak >= bytes / limits[traffic].best ? products : traffic;
}

/** The part of `work` that a limit counts. */
export const unitsOf = (work: GpuWork, kind: LimitKind): number =>
  kind === 'read' || kind === 'copy' ? work.bytes : work.operations;
