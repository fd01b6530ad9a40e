// Methods on the layers of real models: the error of outputs on inputs that were not calibrated on.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { dequantizeWeight, outputError, type QuantizeWeightOptions, quantizeWeight } from '../../lib/weights';
import { type RealLayer, realLayers, SOURCES } from './real_layers';

const missing = !existsSync(path.join(__dirname, '..', '..', '..', 'shared', 'data'));

function heldError({ weight, seen, held }: RealLayer, options: QuantizeWeightOptions): number {
  return outputError(weight, dequantizeWeight(quantizeWeight(weight, { ...options, gram: seen })), held);
}

/** How many times less the error of the second is, for each layer. */
const ratios = (layers: readonly RealLayer[], plain: QuantizeWeightOptions, better: QuantizeWeightOptions) =>
  layers.map((layer) => heldError(layer, plain) / heldError(layer, better));

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

describe.skipIf(missing)('banking77, 4 bits in groups of 128', () => {
  let layers: RealLayer[];
  beforeAll(async () => {
    layers = await realLayers(SOURCES.banking77);
  }, 60_000);

  it.each([
    { format: 'int4', clip: 'mse' },
    { format: 'uint4', clip: 'range' },
  ] as const)(
    'GPTQ errs 2.2 times less than the nearest levels of the same search, no layer less than 1.8: %o',
    (how) => {
      const found = ratios(layers, { ...how, group: 128 }, { ...how, group: 128, method: 'gptq' });
      expect(found).toHaveLength(13);
      expect(geometricMean(found)).toBeGreaterThan(2.2);
      expect(Math.min(...found)).toBeGreaterThan(1.8);
    },
  );

  it('GPTQ and AWQ help NF4 and groups of 32, AWQ and HQQ asymmetric integers', () => {
    const nf4 = ratios(layers, { format: 'nf4' }, { format: 'nf4', method: 'gptq' });
    expect(geometricMean(nf4)).toBeGreaterThan(2);
    const small = ratios(layers, { group: 32 }, { group: 32, method: 'gptq' });
    expect(geometricMean(small)).toBeGreaterThan(2);
    const range = { format: 'uint4', clip: 'range', group: 64 } as const;
    expect(geometricMean(ratios(layers, range, { ...range, method: 'awq' }))).toBeGreaterThan(1.1);
    expect(geometricMean(ratios(layers, range, { ...range, method: 'hqq' }))).toBeGreaterThan(1);
  });
});

it('stories: GPTQ errs less in each layer, though rows are too short to make up for much', async ({ skip }) => {
  if (missing) skip('skipped: ../shared not present');
  const layers = await realLayers(SOURCES.stories);
  const found = ratios(layers, { clip: 'range' }, { clip: 'range', method: 'gptq' });
  expect(found).toHaveLength(36);
  expect(geometricMean(found)).toBeGreaterThan(1.4);
  expect(Math.min(...found)).toBeGreaterThan(1.1);
});
