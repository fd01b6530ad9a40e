// What lets a CPU run faster or slower from one minute to the next: governor, clock, temperature, and whether a
// Raspberry Pi holds itself back. All of it as Linux describes it; null wherever the system does not say.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { readText } from './caches';

export interface CpuState {
  /** How Linux chooses the clock: 'ondemand', 'performance', ... */
  readonly governor: string | null;
  /** Who sets it: 'cpufreq-dt', 'intel_pstate', ... */
  readonly driver: string | null;
  /** Of the first CPU. */
  readonly hertz: number | null;
  readonly mostHertz: number | null;
  readonly celsius: number | null;
  /** The word that a Raspberry Pi's firmware answers `get_throttled` with: see `throttlingOf`. */
  readonly throttled: number | null;
}

/** The states before the first and after the last measurement. */
export interface CpuStates {
  readonly before: CpuState;
  readonly after: CpuState;
}

/** Where the system's files are, and how its programs are asked; tests have their own. */
export interface SystemAccess {
  readonly root: string;
  /** What a program prints; undefined if it cannot be run. */
  readonly run: (program: string, args: readonly string[]) => string | undefined;
}

const SYSTEM: SystemAccess = {
  root: '/',
  run: (program, args) => {
    try {
      return execFileSync(program, args, { encoding: 'utf8', timeout: 2000, stdio: ['ignore', 'pipe', 'ignore'] });
    } catch {
      return undefined;
    }
  },
};

const CPUFREQ = 'sys/devices/system/cpu/cpu0/cpufreq';
const THROTTLED = 'sys/devices/platform/soc/soc:firmware/get_throttled';
const ZONES = 10;
const LONGEST_NAME = 100;

/** A name without anything that a terminal would act on, or the zero byte that ends it in a device tree; null for none. */
function cleanName(text: string | undefined): string | null {
  const clean = (text ?? '')
    .slice(0, LONGEST_NAME)
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim();
  return clean === '' ? null : clean;
}

/** A whole number of `unit`s, if it is one and lies within the limits; else null. */
function parseWhole(text: string | undefined, unit: number, [least, most]: readonly [number, number]): number | null {
  if (!/^-?\d{1,12}$/.test(text ?? '')) return null;
  const value = Number(text) * unit;
  return value >= least && value <= most ? value : null;
}

/** Of the zone that says it is the CPU's, else of the first. */
function readTemperature(root: string): number | null {
  const zones = Array.from({ length: ZONES }, (_, i) => path.join(root, `sys/class/thermal/thermal_zone${i}`));
  const ofCpu = zones.find((zone) => /cpu|x86_pkg|soc/i.test(readText(path.join(zone, 'type')) ?? ''));
  return parseWhole(readText(path.join(ofCpu ?? zones[0] ?? '', 'temp')), 1e-3, [-100, 200]);
}

/** 'throttled=0x50005' of vcgencmd, or '50005' of the file. */
function parseThrottled(text: string | undefined): number | null {
  const digits = /^(?:throttled=)?(?:0x)?([0-9a-f]{1,8})$/i.exec(text?.trim() ?? '')?.[1];
  return digits === undefined ? null : Number.parseInt(digits, 16);
}

/** The board's name, 'Raspberry Pi 4 Model B Rev 1.4'; null on machines that are described in other ways. */
export function readBoard({ root }: Pick<SystemAccess, 'root'> = SYSTEM): string | null {
  return cleanName(readText(path.join(root, 'proc/device-tree/model')));
}

/** How Linux chooses the first CPU's clock. */
export function readGovernor({ root }: Pick<SystemAccess, 'root'> = SYSTEM): string | null {
  return cleanName(readText(path.join(root, CPUFREQ, 'scaling_governor')));
}

export function readCpuState({ root, run }: SystemAccess = SYSTEM): CpuState {
  const read = (name: string): string | undefined => readText(path.join(root, CPUFREQ, name));
  const hertz = (name: string): number | null => parseWhole(read(name), 1e3, [1, 1e11]);
  const isPi = /raspberry pi/i.test(readBoard({ root }) ?? '');
  return {
    governor: readGovernor({ root }),
    driver: cleanName(read('scaling_driver')),
    hertz: hertz('scaling_cur_freq'),
    mostHertz: hertz('cpuinfo_max_freq'),
    celsius: readTemperature(root),
    throttled:
      parseThrottled(readText(path.join(root, THROTTLED))) ??
      (isPi ? parseThrottled(run('vcgencmd', ['get_throttled'])) : null),
  };
}
