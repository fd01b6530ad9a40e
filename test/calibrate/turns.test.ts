// Calls that count in their order, whatever their first halves take.
import { describe, expect, it } from 'vitest';
import { Turns } from '../../lib/calibrate/turns';

const later = <T>(milliseconds: number, value: T): Promise<T> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds, value));

describe('Turns', () => {
  it('runs second halves in the order of the calls, also past those that fail', async () => {
    const turns = new Turns();
    const seen: number[] = [];
    const take = (one: number, wait: number) => turns.take(later(wait, one), (half) => void seen.push(half), undefined);
    const failing = turns.take(Promise.reject(new Error('no')), () => void seen.push(-1), undefined);
    await Promise.allSettled([take(1, 20), failing, take(2, 5), take(3, 0)]);
    expect(seen).toEqual([1, 2, 3]);
  });

  it('rejects an aborted call while it waits, and never runs its second half', async () => {
    const turns = new Turns();
    const controller = new AbortController();
    const seen: number[] = [];
    const first = turns.take(later(20, 1), (half) => void seen.push(half), undefined);
    const second = turns.take(Promise.resolve(2), (half) => void seen.push(half), controller.signal);
    controller.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    expect(seen).toEqual([]);
    await first;
    expect(seen).toEqual([1]);
  });
});
