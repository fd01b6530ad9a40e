import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cpuFacts, cpuWarnings, throttlingOf } from '../../bench/cpu_findings';
import { type CpuState, readBoard, readCpuState, type SystemAccess } from '../../bench/cpu_state';

const CPUFREQ = 'sys/devices/system/cpu/cpu0/cpufreq';
const THROTTLED = 'sys/devices/platform/soc/soc:firmware/get_throttled';
const NOTHING: CpuState = {
  governor: null,
  driver: null,
  hertz: null,
  mostHertz: null,
  celsius: null,
  throttled: null,
};

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'octavo-state-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
}

/** Reads the test's files; programs answer with `printed`. */
const read = (printed?: string, asked: string[] = []): CpuState =>
  readCpuState({
    root,
    run: (program) => {
      asked.push(program);
      return printed;
    },
  } satisfies SystemAccess);

const raspberryPi = (): void =>
  write({
    'proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.4\u0000',
    [`${CPUFREQ}/scaling_governor`]: 'ondemand\n',
    [`${CPUFREQ}/scaling_driver`]: 'cpufreq-dt\n',
    [`${CPUFREQ}/scaling_cur_freq`]: '600000\n',
    [`${CPUFREQ}/cpuinfo_max_freq`]: '1800000\n',
    'sys/class/thermal/thermal_zone0/temp': '48199\n',
    'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
    [THROTTLED]: '50005\n',
  });

describe('reading', () => {
  it('finds everything on a Raspberry Pi, and asks no program', () => {
    raspberryPi();
    const asked: string[] = [];
    expect(read('throttled=0x0', asked)).toEqual({
      governor: 'ondemand',
      driver: 'cpufreq-dt',
      hertz: 600e6,
      mostHertz: 1800e6,
      celsius: 48.199,
      throttled: 0x50005,
    });
    expect(asked).toEqual([]);
    expect(readBoard({ root })).toBe('Raspberry Pi 4 Model B Rev 1.4');
  });

  it('asks vcgencmd on a Raspberry Pi without the file, and nowhere else', () => {
    raspberryPi();
    rmSync(path.join(root, THROTTLED));
    expect(read('throttled=0x20002\n').throttled).toBe(0x20002);
    expect(read(undefined).throttled).toBeNull();
    expect(read('VCHI initialization failed').throttled).toBeNull();
    write({ 'proc/device-tree/model': 'Radxa ROCK 5B\u0000' });
    const asked: string[] = [];
    expect(read('throttled=0x20002\n', asked).throttled).toBeNull();
    expect(asked).toEqual([]);
  });

  it('knows nothing where there is nothing: other systems, virtual machines', () => {
    const asked: string[] = [];
    expect(read('throttled=0x0', asked)).toEqual(NOTHING);
    expect(asked).toEqual([]);
    expect(readBoard({ root })).toBeNull();
    expect(readCpuState({ root: path.join(root, 'absent'), run: () => undefined })).toEqual(NOTHING);
  });

  it('takes the temperature of the zone that is the CPU', () => {
    write({
      'sys/class/thermal/thermal_zone0/temp': '20000',
      'sys/class/thermal/thermal_zone0/type': 'acpitz',
      'sys/class/thermal/thermal_zone2/temp': '61000',
      'sys/class/thermal/thermal_zone2/type': 'x86_pkg_temp',
    });
    expect(read().celsius).toBe(61);
  });

  it.each(['', '\u0000', 'NaN', '-1', '1e9', '99999999999999999999', '0x', 'x'.repeat(100_000), '\u001b[2J', '12 34'])(
    'gives no number for %j',
    (text) => {
      write({
        [`${CPUFREQ}/scaling_cur_freq`]: text,
        [`${CPUFREQ}/cpuinfo_max_freq`]: text,
        'sys/class/thermal/thermal_zone0/temp': text === '-1' ? '-999999' : text,
        [THROTTLED]: text === '12 34' ? text : `g${text}`,
      });
      expect(read()).toEqual(NOTHING);
    },
  );

  it('lets nothing through that a terminal would act on', () => {
    write({
      'proc/device-tree/model': `\u001b[31mBoard\u0007${'y'.repeat(1000)}`,
      [`${CPUFREQ}/scaling_governor`]: '\u001b]0;title\u0007',
    });
    expect(readBoard({ root })).toMatch(/^\[31mBoardy{1,95}$/);
    expect(read().governor).toBe(']0;title');
    mkdirSync(path.join(root, THROTTLED), { recursive: true }); // a folder instead of a file
    expect(read().throttled).toBeNull();
  });
});

describe('what it means', () => {
  const pi: CpuState = { ...NOTHING, governor: 'ondemand', hertz: 0.6e9, mostHertz: 1.8e9, celsius: 48, throttled: 0 };
  const warnings = (throttled: number): string[] => cpuWarnings({ before: pi, after: { ...pi, throttled } });

  it('bits have names', () => {
    expect(throttlingOf(0x50005)).toEqual({
      now: ['under-voltage', 'throttled'],
      sinceStart: ['under-voltage', 'throttled'],
    });
    expect(throttlingOf(0xa000a)).toEqual({
      now: ['clock capped', 'temperature limit'],
      sinceStart: ['clock capped', 'temperature limit'],
    });
    expect(throttlingOf(0xfff0fff0)).toEqual({ now: [], sinceStart: [] });
  });

  it('warns of what held the CPU back during the run', () => {
    expect(warnings(0)).toEqual([]);
    expect(warnings(0x10001)).toEqual([
      'the board held its CPU back during the run (under-voltage); a better power supply or cable helps',
    ]);
    expect(warnings(0x80000)).toEqual([
      'the board held its CPU back during the run (temperature limit); cooling helps',
    ]);
    const cold = { ...pi, throttled: 0x80008 };
    expect(cpuWarnings({ before: cold, after: { ...cold, throttled: 0x80000 } })).toHaveLength(1);
  });

  it('tells what happened before the run from what happened in it', () => {
    const before = { ...pi, throttled: 0x10000 };
    expect(cpuWarnings({ before, after: before })).toEqual([
      'the board held its CPU back before this run, since it started (under-voltage)',
    ]);
  });

  it('warns of the governor powersave, but for drivers where it is like any other', () => {
    const slow = { ...pi, governor: 'powersave' };
    expect(cpuWarnings({ before: pi, after: slow })[0]).toContain('powersave');
    expect(cpuWarnings({ before: pi, after: { ...slow, driver: 'intel_pstate' } })).toEqual([]);
    expect(cpuWarnings({ before: pi, after: { ...slow, driver: 'amd-pstate-epp' } })).toEqual([]);
  });

  it('says what is known and nothing else', () => {
    expect(cpuFacts({ before: pi, after: { ...pi, hertz: 1.8e9, celsius: 71.4, throttled: 0x80008 } })).toEqual([
      ['Clock', '0.60 GHz before, 1.80 GHz after, at most 1.80 GHz'],
      ['Temperature', '48 °C before, 71 °C after'],
      ['Throttling', 'now: temperature limit; since the board started: temperature limit'],
    ]);
    expect(cpuFacts({ before: pi, after: pi })).toContainEqual(['Throttling', 'none since the board started']);
    expect(cpuFacts({ before: NOTHING, after: NOTHING })).toEqual([]);
    expect(cpuFacts(null)).toEqual([]);
    expect(cpuWarnings(null)).toEqual([]);
  });
});
