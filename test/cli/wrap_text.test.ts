import { expect, it } from 'vitest';
import { wrapText } from '../../lib/cli/wrap_text';

it('breaks at spaces, with an indent from the second line on, and never within a word', () => {
  expect(wrapText('one two three', 20)).toBe('one two three');
  expect(wrapText('one two three four', 9)).toBe('one two\n   three\n   four');
  expect(wrapText('one extraordinary', 6, '')).toBe('one\nextraordinary');
  expect(wrapText('exactly 10', 10)).toBe('exactly 10');
});
