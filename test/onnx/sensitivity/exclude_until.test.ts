import { describe, expect, it } from 'vitest';
import type { Model } from '../../../lib/onnx';
import { type Exclusion, excludeUntil, rankLayers } from '../../../lib/onnx/sensitivity';

// A "model" here is the set of layers that stay in float; each quantized layer costs points.
const COSTS: Readonly<Record<string, number>> = { a: 1, b: 4, c: 0, d: 2, e: 0.5 };
const layers = Object.keys(COSTS);
const quantizeWithout = (excluded: ReadonlySet<string>) => excluded as unknown as Model;
const excludedOf = (model: Model) => model as unknown as ReadonlySet<string>;
const score = (model: Model) =>
  90 - layers.filter((layer) => !excludedOf(model).has(layer)).reduce((sum, layer) => sum + COSTS[layer]!, 0);
const judgeWith = (least: number) => (model: Model) => ({ score: score(model), holds: score(model) >= least });
const until = (least: number, options = {}): Promise<Exclusion> =>
  excludeUntil({ layers, quantizeWithout, judge: judgeWith(least), budget: `at least ${least}`, ...options });

describe('rankLayers', () => {
  it('orders layers by what they cost alone, and adds them up in the order of the graph', async () => {
    const seen: string[] = [];
    const onProgress = ({ done, total, layer }: { done: number; total: number; layer: string }) =>
      void seen.push(`${done}/${total} ${layer}`);
    expect(await rankLayers({ layers, quantizeWithout, score, onProgress })).toEqual([
      { layer: 'b', isolated: 86, accumulated: 85 },
      { layer: 'd', isolated: 88, accumulated: 83 },
      { layer: 'a', isolated: 89, accumulated: 89 },
      { layer: 'e', isolated: 89.5, accumulated: 82.5 },
      { layer: 'c', isolated: 90, accumulated: 85 },
    ]);
    expect(seen).toEqual(['1/5 a', '2/5 b', '3/5 c', '4/5 d', '5/5 e']);
    const alone = await rankLayers({ layers, quantizeWithout, score, accumulated: false });
    expect(alone[0]).toEqual({ layer: 'b', isolated: 86, accumulated: undefined });
  });

  it('takes perfect scores, and refuses layers that come twice', async () => {
    const perfect = await rankLayers({ layers: ['x', 'y'], quantizeWithout, score: () => Number.POSITIVE_INFINITY });
    expect(perfect.map(({ layer }) => layer)).toEqual(['x', 'y']);
    await expect(rankLayers({ layers: ['x', 'x'], quantizeWithout, score })).rejects.toMatchObject({
      code: 'ERR_RANGE',
    });
  });
});

describe('excludeUntil', () => {
  it('excludes nothing where the budget holds at once', async () => {
    const { excluded, history, ranking, verdict } = await until(82.5);
    expect({ excluded, trials: history.length, ranking, verdict }).toEqual({
      excluded: [],
      trials: 1,
      ranking: [],
      verdict: { score: 82.5, holds: true },
    });
  });

  it.each([
    [86.5, ['b']],
    [87, ['b', 'd']],
    [88.5, ['b', 'd']],
    [89, ['a', 'b', 'd']],
    [89.5, ['a', 'b', 'd']],
    [90, ['a', 'b', 'd', 'e']],
  ])('keeps %s points with %s in float', async (least, expected) => {
    const { excluded, model, verdict } = await until(least);
    expect(excluded).toEqual(expected);
    expect([...excludedOf(model)]).toEqual(expected);
    expect(verdict.holds).toBe(true);
    expect(verdict.score).toBe(score(model));
  });

  it('brings back what a misleading ranking took out', async () => {
    const rank = async () => ['c', 'e', 'b', 'a', 'd'].map((layer) => ({ layer, isolated: 0, accumulated: undefined }));
    const { excluded, history } = await until(86.5, { rank });
    expect(excluded).toEqual(['b']);
    expect(history.map((trial) => trial.excluded.join(''))).toEqual(['', 'abcde', 'ce', 'bce', 'bc', 'b']);
  });

  it('judges few models where layers are many', async () => {
    const many = Array.from({ length: 200 }, (_, i) => `${i}`);
    const bad = new Set(['7', '70', '150']);
    const judge = (model: Model) => {
      const holds = [...bad].every((layer) => excludedOf(model).has(layer));
      return { score: Number(holds), holds };
    };
    const ranked = [...many].sort((a, b) => Number(bad.has(b)) - Number(bad.has(a)));
    const rank = async () => ranked.map((layer) => ({ layer, isolated: 0, accumulated: undefined }));
    let made = 0;
    const counted = (without: ReadonlySet<string>) => {
      made++;
      return quantizeWithout(without);
    };
    const { excluded, history } = await excludeUntil({ layers: many, quantizeWithout: counted, judge, rank });
    expect(excluded).toEqual(['7', '70', '150']);
    expect(history.length).toBeLessThan(14);
    expect(made).toBe(history.length);
  });

  it('says so where nothing helps', async () => {
    await expect(until(91)).rejects.toMatchObject({
      code: 'ERR_BUDGET',
      message: 'no quantized model holds the budget, at least 91: with every layer in float the score is 90',
    });
    const onlyFloat = (model: Model) => ({ score: score(model), holds: excludedOf(model).size === layers.length });
    await expect(excludeUntil({ layers, quantizeWithout, judge: onlyFloat })).rejects.toMatchObject({
      code: 'ERR_BUDGET',
    });
  });

  it('reports what it does, and ends with the signal', async () => {
    const controller = new AbortController();
    const phases: string[] = [];
    const onProgress = ({ phase, trials }: { phase: string; trials: number }) => {
      phases.push(`${phase} ${trials}`);
      if (phase === 'search') controller.abort(new Error('enough'));
    };
    await expect(until(89, { onProgress, signal: controller.signal })).rejects.toThrow('enough');
    expect(phases).toEqual(['try 1', 'try 2', 'rank 3', 'rank 4', 'rank 5', 'rank 6', 'rank 7', 'search 8']);
  });
});
