// What the state of the CPU before and after a run tells: facts to show, and why its figures are not the machine's best.
import type { CpuState, CpuStates } from './cpu_state';

/** Bits of `get_throttled`: what is so now; the same 16 higher, what was so at some time since the board started. */
const REASONS = ['under-voltage', 'clock capped', 'throttled', 'temperature limit'] as const;
const SINCE_START = 16;

/** Drivers whose 'powersave' raises the clock like any other governor. */
const OWN_GOVERNORS = /^(intel_pstate|amd-pstate)/;

/** What holds a Raspberry Pi back, now and at some time since it started. */
export function throttlingOf(word: number): { now: string[]; sinceStart: string[] } {
  const has = (bit: number): boolean => Math.floor(word / 2 ** bit) % 2 === 1;
  return {
    now: REASONS.filter((_, bit) => has(bit)),
    sinceStart: REASONS.filter((_, bit) => has(bit + SINCE_START)),
  };
}

const CAUSES: Readonly<Record<string, string>> = {
  'under-voltage': 'a better power supply or cable helps',
  'temperature limit': 'cooling helps',
};

function throttlingWarnings(before: CpuState, after: CpuState): string[] {
  if (after.throttled === null) return [];
  const [first, last] = [throttlingOf(before.throttled ?? 0), throttlingOf(after.throttled)];
  const meanwhile = REASONS.filter(
    (reason) =>
      first.now.includes(reason) ||
      last.now.includes(reason) ||
      (last.sinceStart.includes(reason) && !first.sinceStart.includes(reason)),
  );
  const cures = meanwhile.flatMap((reason) => CAUSES[reason] ?? []);
  if (meanwhile.length > 0)
    return [
      `the board held its CPU back during the run (${meanwhile.join(', ')})${cures.map((cure) => `; ${cure}`).join('')}`,
    ];
  if (last.sinceStart.length === 0) return [];
  return [`the board held its CPU back before this run, since it started (${last.sinceStart.join(', ')})`];
}

/** 'a' if both are the same, else 'a before, b after'; undefined if one is not known. */
function change<T>(before: T | null, after: T | null, show: (value: T) => string): string | undefined {
  if (before === null || after === null) return undefined;
  const [first, last] = [show(before), show(after)];
  return first === last ? first : `${first} before, ${last} after`;
}

const showHertz = (hertz: number): string => `${(hertz / 1e9).toFixed(2)} GHz`;

function showThrottling(word: number): string {
  const { now, sinceStart } = throttlingOf(word);
  if (sinceStart.length + now.length === 0) return 'none since the board started';
  const then = sinceStart.length === 0 ? '' : `since the board started: ${sinceStart.join(', ')}`;
  return [now.length === 0 ? 'not now' : `now: ${now.join(', ')}`, then].filter((text) => text !== '').join('; ');
}

/** Names and values of what is known about the CPU around the run, for tables. */
export function cpuFacts(states: CpuStates | null): (readonly [name: string, value: string])[] {
  if (states === null) return [];
  const { before, after } = states;
  const clock = change(before.hertz, after.hertz, showHertz);
  const most = after.mostHertz === null ? '' : `, at most ${showHertz(after.mostHertz)}`;
  const facts: [string, string | undefined][] = [
    ['Clock', clock && clock + most],
    ['Temperature', change(before.celsius, after.celsius, (celsius) => `${celsius.toFixed(0)} °C`)],
    ['Throttling', after.throttled === null ? undefined : showThrottling(after.throttled)],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

/** One sentence for each thing that kept the CPU from its best; none where nothing is known. */
export function cpuWarnings(states: CpuStates | null): string[] {
  if (states === null) return [];
  const { before, after } = states;
  const warnings = throttlingWarnings(before, after);
  if (after.governor === 'powersave' && !OWN_GOVERNORS.test(after.driver ?? ''))
    warnings.push('the clock governor is powersave, which keeps the clock low; performance is the one to measure with');
  return warnings;
}
