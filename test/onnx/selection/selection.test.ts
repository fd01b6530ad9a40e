import { describe, expect, it } from 'vitest';
import { matcherOf, Node, type NodePattern, settingsOf } from '../../../lib/onnx';

const node = (opType: string, name: string) => new Node({ opType, name, inputs: [], outputs: ['out'] });
const conv = node('Conv', 'stem/conv.1');

describe('patterns', () => {
  it.each<[NodePattern, boolean]>([
    ['stem/conv.1', true],
    ['stem/conv?1', true],
    ['stem/*', true],
    ['*conv*', true],
    ['conv', false],
    ['stem/convX1', false],
    ['op:Conv', true],
    ['op:Conv*', true],
    ['op:Gemm', false],
    [/conv/, true],
    [/^conv/, false],
    [{ opType: 'Conv' }, true],
    [{ opType: 'Conv', name: 'head/*' }, false],
    [{ name: /\.1$/ }, true],
    [({ opType }) => opType === 'Conv', true],
  ])('%s picks a Conv: %s', (pattern, picked) => {
    expect(matcherOf(pattern)(conv)).toBe(picked);
  });

  it('take a node without a name by its output', () => {
    expect(matcherOf('out')(node('Conv', ''))).toBe(true);
  });

  it('find with global expressions every time', () => {
    const matches = matcherOf(/conv/g);
    expect([matches(conv), matches(conv)]).toEqual([true, true]);
  });

  it('are refused where they are none', () => {
    expect(() => matcherOf(3 as unknown as NodePattern)).toThrow(expect.objectContaining({ code: 'ERR_DTYPE' }));
  });
});

it('the last setting counts, and exclusion above all', () => {
  const of = settingsOf({
    exclude: ['head/*'],
    overrides: [
      { match: 'op:Conv', method: 'mse', perChannel: false },
      { match: 'stem/*', method: 'minmax' },
      { match: 'head/*', activations: 'uint16', keep: undefined },
    ],
  });
  expect(of(conv)).toEqual({ method: 'minmax', perChannel: false });
  expect(of(node('Gemm', 'head/fc'))).toEqual({ activations: 'uint16', keep: 'float' });
});
