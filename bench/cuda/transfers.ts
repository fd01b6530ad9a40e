// How quickly data go to the GPU and come from it: by copies from pinned memory alone, and through the facade.
import { addon } from '../../lib/addon';
import { Tensor } from '../../lib/tensor';
import { type Player, playRounds, type RoundLimits, samplesOf } from '../rounds';
import { summarize } from '../statistics';
import { Disposables } from './contestant';
import type { Gpu } from './gpu';
import type { TransferReport } from './report_types';

const BYTES = 2 ** 28;
/** Copies in a row that are timed as one. */
const COPIES = 4;

interface Transfer {
  readonly name: string;
  readonly player: Player;
}

/** Seconds of an await. */
function timed(run: () => Promise<unknown>): Player {
  const sample = async () => {
    const start = performance.now();
    await run();
    return (performance.now() - start) / 1000;
  };
  return { sample };
}

/** Measures both directions, the ways taking turns. */
export async function measureTransfers(gpu: Gpu, rounds: RoundLimits): Promise<TransferReport[]> {
  const { device, handle, shrink } = gpu;
  const owned = new Disposables();
  const bytes = Math.max(4096, Math.floor(Math.min(BYTES / shrink, device.freeBytes / 8) / 4096) * 4096);
  const host = new Tensor('int8', new Int8Array(bytes).fill(1), [bytes]);
  const there = owned.add(device.tensor(host));
  const pinned = (toHost: boolean): Player => ({
    sample: () => addon.cudaTimeTransfers(handle, toHost, bytes, COPIES),
  });
  const transfers: Transfer[] = [
    { name: 'host to device, pinned', player: pinned(false) },
    { name: 'device to host, pinned', player: pinned(true) },
    {
      name: 'device.tensor(x), awaited',
      player: timed(async () => {
        const copy = device.tensor(host);
        await device.synchronize();
        copy.dispose();
      }),
    },
    { name: 'await x.toHost()', player: timed(() => there.toHost()) },
  ];
  try {
    const tracks = await playRounds(
      transfers.map(({ player }) => player),
      rounds,
    );
    return transfers.map(({ name }, i) => {
      const seconds = summarize(samplesOf(tracks[i] ?? []));
      return { name, bytes, seconds, rate: { best: bytes / seconds.best, median: bytes / seconds.median } };
    });
  } finally {
    owned.dispose();
  }
}
