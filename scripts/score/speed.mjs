// Times several runners in turn, so that what disturbs one disturbs all.

const best = (times) => Math.min(...times);
const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];

/** Runs that take about a millisecond together: the clock's grain and the event loop vanish in them. */
async function repeatsOf(run) {
  await run();
  const start = performance.now();
  await run();
  return Math.max(1, Math.min(50, Math.round(1 / (performance.now() - start))));
}

/**
 * Milliseconds of a run, best and median of `rounds`.
 * @param {Record<string, () => Promise<unknown>>} runners
 */
export async function timeInTurn(runners, rounds = 60) {
  const entries = Object.entries(runners);
  const times = Object.fromEntries(entries.map(([name]) => [name, []]));
  const repeats = {};
  for (const [name, run] of entries) repeats[name] = await repeatsOf(run);
  for (let round = 0; round < rounds; round++)
    for (const [name, run] of entries) {
      const start = performance.now();
      for (let i = 0; i < repeats[name]; i++) await run();
      times[name].push((performance.now() - start) / repeats[name]);
    }
  return Object.fromEntries(entries.map(([name]) => [name, { best: best(times[name]), median: median(times[name]) }]));
}
