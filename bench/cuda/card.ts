// What only NVIDIA's own tool says of a card: its driver, clocks and power limit.
import { spawnSync } from 'node:child_process';

/** Each as nvidia-smi writes it: '580.65.06', '1980 MHz', '3201 MHz', '700.00 W', 'Disabled'. */
export interface Card {
  readonly driverVersion: string;
  readonly mostClock: string;
  readonly mostMemoryClock: string;
  readonly powerLimit: string;
  readonly errorCorrection: string;
}

const FIELDS = 'driver_version,clocks.max.sm,clocks.max.mem,power.limit,ecc.mode.current';

/** The answer of nvidia-smi about one card, taken apart; null if it is not as expected. */
export function cardOf(answer: string): Card | null {
  const fields = answer.trim().split(/, */);
  const [driverVersion, mostClock, mostMemoryClock, powerLimit, errorCorrection] = fields;
  if (fields.length !== 5 || !driverVersion || !mostClock || !mostMemoryClock || !powerLimit || !errorCorrection)
    return null;
  return { driverVersion, mostClock, mostMemoryClock, powerLimit, errorCorrection };
}

/** Null where the tool is missing, or does not know the card. */
export function readCard(uuid: string): Card | null {
  const { status, stdout } = spawnSync('nvidia-smi', [`--query-gpu=${FIELDS}`, '--format=csv,noheader', '-i', uuid], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  return status === 0 ? cardOf(stdout) : null;
}
