// Calls with arguments spoiled at random places. A call must give a result or an error of octavo's own.
import { HostileError, hostileValue, spoil } from './hostile_values.mjs';

/** Numbers from mulberry32. */
export function makeRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (low, high) => low + Math.floor(next() * (high - low + 1));
  return { next, integer, chance: (p) => next() < p, pick: (items) => items[integer(0, items.length - 1)] };
}

const isPlain = (value) =>
  Array.isArray(value) ||
  (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype);

/** Every place in a tree of plain objects and arrays, as [parent, key]. */
function* placesIn(parent) {
  for (const key of Object.keys(parent)) {
    yield [parent, key];
    if (isPlain(parent[key])) yield* placesIn(parent[key]);
  }
}

/** Replaces what lies at one of the places of the arguments; an argument more or less, now and then. */
function spoilOnce(args, places, random) {
  if (places.length === 0 || random.chance(0.03)) return void args.push(hostileValue(random));
  if (random.chance(0.03)) return void args.pop();
  const [parent, key] = random.pick(places);
  const value = parent[key];
  if (random.chance(0.02)) delete parent[key];
  else if (random.chance(0.5)) parent[key] = spoil(value, random);
  else parent[key] = hostileValue(random);
}

/** The calls that were made, what became of them, and what should not have happened. */
export class Fuzzer {
  /** Outcomes by the name of the call: 'ok', or an error's code. */
  outcomes = {};
  /** What was neither a result nor an error of octavo's. */
  violations = [];
  #pending = [];

  constructor(seed, isOwnError) {
    this.random = makeRandom(seed);
    this.isOwnError = isOwnError;
  }

  /** Makes one call. `make` gives { run, args }: run takes the arguments, spoiled or not. */
  call(name, make) {
    const { run, args } = make(this.random);
    const times = this.random.pick([0, 1, 1, 1, 2, 3]);
    const places = [...placesIn(args)]; // before anything is spoiled: hostile values are not looked into
    for (let i = 0; i < times; i++) spoilOnce(args, places, this.random);
    try {
      const result = run(...args);
      if (!(result instanceof Promise)) return this.#count(name, 'ok');
      this.#pending.push(
        result.then(
          () => this.#count(name, 'ok'),
          (error) => this.#countError(name, error),
        ),
      );
      return result;
    } catch (error) {
      return this.#countError(name, error);
    }
  }

  /** Waits for all asynchronous calls. */
  async settle() {
    await Promise.all(this.#pending);
    this.#pending = [];
  }

  #count(name, outcome) {
    this.outcomes[name] ??= {};
    this.outcomes[name][outcome] = (this.outcomes[name][outcome] ?? 0) + 1;
  }

  #countError(name, error) {
    if (this.isOwnError(error)) return this.#count(name, error.code);
    if (error instanceof HostileError) return this.#count(name, 'own error of an argument');
    this.violations.push(`${name}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
