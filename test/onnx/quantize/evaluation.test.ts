import { describe, expect, it } from 'vitest';
import { evaluationRow, readScore } from '../../../lib/onnx/quantize/evaluation';

const row = (float: unknown, quantized: unknown) => evaluationRow(readScore(float), readScore(quantized));

describe('scores of an evaluation', () => {
  it('are accuracies with an interval, where trials are counted', () => {
    expect(row({ correct: 85, total: 100 }, { correct: 84, total: 100 })).toMatchObject({
      kind: 'accuracy',
      float: { value: 0.85, low: expect.closeTo(0.7672, 4), high: expect.closeTo(0.9069, 4), count: 100 },
      drop: expect.closeTo(1, 10),
    });
  });

  it('are losses, which grow, or numbers, which shrink, in percent', () => {
    expect(row({ loss: 2 }, { loss: 2.02 })).toMatchObject({ kind: 'loss', drop: expect.closeTo(1, 10) });
    expect(row(-4, -4.2)).toMatchObject({ kind: 'score', drop: expect.closeTo(5, 10) });
    expect(row(0, 0).drop).toBe(0);
  });

  it.each([
    [undefined, 'ERR_DTYPE', /a number, \{ correct, total \} or \{ loss \}, got undefined/],
    [Number.NaN, 'ERR_DTYPE', /finite/],
    [{ correct: 3, total: 2 }, 'ERR_RANGE', /from 0 to total, 2/],
    [{ correct: 0, total: 0 }, 'ERR_RANGE', /correct/],
    [{ loss: 'low' }, 'ERR_DTYPE', /the loss/],
  ])('%j is none', (score, code, message) => {
    expect(() => readScore(score)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it('are of one kind for both models', () => {
    expect(() => row(1, { loss: 1 })).toThrow(expect.objectContaining({ code: 'ERR_DTYPE' }));
  });
});
