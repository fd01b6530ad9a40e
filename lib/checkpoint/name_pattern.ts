// Which tensors are meant: names with wildcards, or regular expressions.
import { reject } from '../validate';

/** A tensor's whole name, in which * stands for any characters and ? for one; or a regular expression that finds something in it. */
export type NamePattern = string | RegExp;

function toRegExp(pattern: unknown, name: string): RegExp {
  if (pattern instanceof RegExp) return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')); // those keep a place
  if (typeof pattern !== 'string') reject(name, 'a text with * and ?, or a RegExp', pattern, 'ERR_DTYPE');
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's');
}

/** True for names that one of the patterns fits. Throws ERR_DTYPE for what is no pattern. */
export function matcherOf(option: string, patterns: unknown): (name: string) => boolean {
  if (!Array.isArray(patterns)) reject(option, 'a list of patterns', patterns, 'ERR_DTYPE');
  const expressions = Array.from(patterns, (pattern, i) => toRegExp(pattern, `${option}[${i}]`)); // holes are refused
  return (name) => expressions.some((expression) => expression.test(name));
}
