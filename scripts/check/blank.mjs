// Source text with its comments, and on request its strings, replaced by spaces. Offsets and lines stay as they are.

/** @typedef {'cc' | 'ts'} Language */

/**
 * @param {string} file
 * @returns {Language}
 */
export function languageOf(file) {
  return /\.(cc|cu|h|cuh)$/.test(file) ? 'cc' : 'ts';
}

const spaces = (text) => text.replace(/[^\n]/g, ' ');

// In C++ an apostrophe between digits separates them: 1'000'000.
const DIGITS_BEFORE = /(?:^|[^\w'])\d[\w.']*$/;
// Where a slash begins an expression it opens a regular expression.
const EXPRESSION_FOLLOWS = /(^|[=(,[!&|?:;{}<>+\-*%~^]|\b(return|typeof|case|in|of|do|else|throw|void))$/;

/** The end of a quoted literal that starts at `start`; an escaped character never closes it. */
function endOfQuoted(text, start) {
  const quote = text[start];
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === quote) return i + 1;
    else if (text[i] === '\n') return i;
  }
  return text.length;
}

/** The end of a template literal; the code inside ${} counts as part of it. */
function endOfTemplate(text, start) {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '`') return i + 1;
    else if (text[i] === '$' && text[i + 1] === '{') i = endOfSubstitution(text, i + 2) - 1;
  }
  return text.length;
}

function endOfSubstitution(text, start) {
  let depth = 1;
  for (let i = start; i < text.length; i++) {
    const token = tokenAt(text, i, 'ts');
    if (token !== undefined) {
      i = token.end - 1;
      continue;
    }
    if (text[i] === '{') depth++;
    if (text[i] === '}' && --depth === 0) return i + 1;
  }
  return text.length;
}

function endOfRegex(text, start) {
  let inClass = false;
  for (let i = start + 1; i < text.length && text[i] !== '\n'; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '[') inClass = true;
    else if (text[i] === ']') inClass = false;
    else if (text[i] === '/' && !inClass) return i + 1;
  }
  return start + 1;
}

function endOfRawString(text, start) {
  const open = /^R"([^(\s]*)\(/.exec(text.slice(start, start + 24));
  if (open === null) return undefined;
  const close = text.indexOf(`)${open[1]}"`, start);
  return close < 0 ? text.length : close + open[1].length + 2;
}

function commentEnd(text, i) {
  if (text[i] !== '/') return undefined;
  if (text[i + 1] === '/') {
    const end = text.indexOf('\n', i);
    return end < 0 ? text.length : end;
  }
  if (text[i + 1] !== '*') return undefined;
  const end = text.indexOf('*/', i + 2);
  return end < 0 ? text.length : end + 2;
}

function stringEnd(text, i, language) {
  const c = text[i];
  if (c === '"') return endOfQuoted(text, i);
  if (language === 'cc') {
    if (c === "'") return DIGITS_BEFORE.test(text.slice(Math.max(0, i - 40), i)) ? undefined : endOfQuoted(text, i);
    return c === 'R' ? endOfRawString(text, i) : undefined;
  }
  if (c === "'") return endOfQuoted(text, i);
  if (c === '`') return endOfTemplate(text, i);
  if (c === '/' && EXPRESSION_FOLLOWS.test(text.slice(Math.max(0, i - 40), i).trimEnd())) return endOfRegex(text, i);
  return undefined;
}

/** @returns {{ kind: 'comment' | 'string', end: number } | undefined} */
function tokenAt(text, i, language) {
  const comment = commentEnd(text, i);
  if (comment !== undefined) return { kind: 'comment', end: comment };
  const string = stringEnd(text, i, language);
  return string === undefined ? undefined : { kind: 'string', end: string };
}

/**
 * @param {string} text
 * @param {Language} language
 * @param {{ strings?: boolean }} [options] strings: blank the content of literals as well, their quotes stay
 */
export function blank(text, language, { strings = false } = {}) {
  let out = '';
  for (let i = 0; i < text.length; ) {
    const token = tokenAt(text, i, language);
    if (token === undefined) {
      out += text[i++];
      continue;
    }
    const literal = text.slice(i, token.end);
    if (token.kind === 'comment') out += spaces(literal);
    else if (strings) out += literal[0] + spaces(literal.slice(1, -1)) + (literal.length > 1 ? literal.at(-1) : '');
    else out += literal;
    i = token.end;
  }
  return out;
}
