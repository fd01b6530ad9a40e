// Reads or copies hot memory: the bound of work that only moves bytes.
import { addon } from '../lib/addon';
import type { MemoryKind } from './contestant';
import type { Player } from './rounds';

/** Seconds that a sample lasts at least. */
const SAMPLE_SECONDS = 0.001;
/** The memory loops go in whole lines, of source and target alike. */
const LINE_PAIR = 128;

/** Samples reading or copying within about `wanted` bytes of hot memory. Its unit of work is one byte read or written. */
export function memoryPlayer(traffic: 'read' | 'copy', wanted: number, memory: MemoryKind = 'weights'): Player {
  const bytes = Math.ceil(wanted / LINE_PAIR) * LINE_PAIR;
  // Untouched pages would all be the one page of zeros.
  const buffer = memory === 'weights' ? addon.allocateBytes(bytes) : new Uint8Array(bytes).fill(1);
  const [source, target] = [buffer.subarray(0, bytes / 2), buffer.subarray(bytes / 2)];
  const go = (repeats: number): void => {
    if (traffic === 'read') addon.readBytes(buffer, repeats);
    else addon.copyBytes(source, target, repeats);
  };
  let repeats = 1;
  const sample = (): number => {
    go(Math.ceil(repeats / 2)); // others have run meanwhile: bring the bytes back
    for (;;) {
      const start = performance.now();
      go(repeats);
      const seconds = (performance.now() - start) / 1000;
      if (seconds >= SAMPLE_SECONDS) return seconds / (repeats * bytes);
      const growth = (1.2 * SAMPLE_SECONDS) / Math.max(seconds, 1e-9);
      repeats = Math.ceil(repeats * Math.min(100, Math.max(1.2, growth)));
    }
  };
  return { sample };
}
