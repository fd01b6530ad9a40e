// Finds the functions of a C++ or TypeScript source by its brackets: name, line, lines of the body, parameters.
// It reads text whose comments and strings are blank, and needs no compiler.
import { lineAt } from './rule.mjs';

/**
 * @typedef {object} FunctionInfo
 * @property {string} name '(anonymous)' for lambdas and arrows without a name
 * @property {string | undefined} calledIn the function that it is an argument of: 'describe' for describe('name', () => {})
 * @property {number} line where its body opens
 * @property {number} bodyLines lines between its braces
 * @property {number} parameters
 */

const CONTROL = new Set(['if', 'for', 'while', 'switch', 'catch', 'constexpr', 'with', 'await']);
const QUALIFIED = new Set(['noexcept', 'requires', 'decltype', '__attribute__', 'alignas']);
const CC_SUFFIX = /(?:\b(?:const|noexcept|override|final|mutable|constexpr|try)|&&?)$/;

/**
 * The partner of every bracket, by offset; undefined in `text` whose brackets do not match.
 * @param {string} text
 */
export function matchBrackets(text) {
  const close = { '(': ')', '[': ']', '{': '}' };
  const partner = new Map();
  const open = [];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c in close) open.push(i);
    else if (c === ')' || c === ']' || c === '}') {
      const start = open.pop();
      if (start === undefined || close[text[start]] !== c) return undefined;
      partner.set(start, i).set(i, start);
    }
  }
  return open.length === 0 ? partner : undefined;
}

/** The offset of the last character before `end` that is not white space, -1 if there is none. */
function lastBefore(text, end) {
  let i = end - 1;
  while (i >= 0 && /\s/.test(text[i])) i--;
  return i;
}

/** The identifier that ends before `end`, with the template arguments behind it skipped. */
function wordBefore(text, end) {
  let i = lastBefore(text, end);
  if (text[i] === '>' && text[i - 1] !== '=') {
    let depth = 0;
    for (; i >= 0; i--) {
      if (text[i] === '>' && text[i - 1] !== '=') depth++;
      if (text[i] === '<' && --depth === 0) break;
      if (text[i] === ';' || text[i] === '{') return { word: '', start: i };
    }
    i = lastBefore(text, i);
  }
  const stop = i + 1;
  while (i >= 0 && /[\w$#~]/.test(text[i])) i--;
  return { word: text.slice(i + 1, stop), start: i + 1 };
}

/**
 * Number of parameters between two brackets.
 * @param {string} text
 */
export function countParameters(text) {
  let depth = 0;
  let count = 0;
  let current = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if ('([{<'.includes(c)) depth++;
    else if (')]}'.includes(c) || (c === '>' && !'=-'.includes(text[i - 1]))) depth--;
    if (c === ',' && depth === 0) {
      count++;
      current = '';
    } else current += c;
  }
  const last = current.trim();
  return last === '' || (last === 'void' && count === 0) ? count : count + 1;
}

/** The parameter list that closes at or before `end`, behind qualifiers, return types and member initializers. */
function listBeforeCc(text, partner, end) {
  let i = lastBefore(text, end);
  for (;;) {
    const suffix = CC_SUFFIX.exec(text.slice(Math.max(0, i - 12), i + 1));
    const arrow = /->[\w\s:<>,*&]+$/.exec(text.slice(Math.max(0, i - 120), i + 1));
    if (suffix !== null) i = lastBefore(text, i + 1 - suffix[0].length);
    else if (arrow !== null) i = lastBefore(text, i + 1 - arrow[0].length);
    else if (text[i] === ']' && !/[\w)\]]/.test(text[lastBefore(text, partner.get(i))] ?? ''))
      return { open: undefined, before: partner.get(i), name: '(anonymous)' };
    else if (text[i] === ')' || text[i] === '}') {
      const open = partner.get(i);
      const { word, start } = wordBefore(text, open);
      const previous = lastBefore(text, start);
      if (QUALIFIED.has(word)) i = previous;
      else if (word !== '' && isInitializer(text, previous)) i = lastBefore(text, previous);
      else if (text[i] === '}') return undefined;
      else return { open, before: start, name: word };
    } else return undefined;
  }
}

/** True for the comma or the single colon before a member initializer. */
function isInitializer(text, at) {
  if (text[at] === ',') return true;
  return text[at] === ':' && text[at - 1] !== ':' && text[lastBefore(text, at)] === ')';
}

/** The offset of the bracket that closes the parameters of `): Type`, scanning a type backwards from `end`. */
function beforeReturnType(text, partner, end) {
  for (let i = end - 1; i >= 0; i--) {
    const c = text[i];
    if (c === ')') {
      const next = /^\s*:(\s*)/.exec(text.slice(i + 1, end));
      // Nothing between colon and brace: an object, or the type itself, begins here and no body.
      if (next !== null) return i + 1 + next[0].length < end ? i : undefined;
      i = partner.get(i);
    } else if (c === '}' && /^\}\s*[\w@]/.test(text.slice(i, end))) {
      return undefined; // the end of a block, with a statement behind it
    } else if (c === ']' || c === '}') i = partner.get(i);
    else if (!/[\w\s.<>,|&:'"?$]/.test(c)) return undefined;
  }
  return undefined;
}

function listBeforeTs(text, partner, end) {
  let i = lastBefore(text, end);
  const arrow = text[i] === '>' && text[i - 1] === '=';
  if (arrow) i = lastBefore(text, i - 1);
  const close = text[i] === ')' ? i : beforeReturnType(text, partner, i + 1);
  if (close === undefined) {
    if (!arrow) return undefined;
    const { start } = wordBefore(text, i + 1);
    return { open: undefined, before: start, name: '(anonymous)', parameters: 1 };
  }
  const open = partner.get(close);
  const { word, start } = wordBefore(text, open);
  return arrow ? { open, before: open, name: '(anonymous)' } : { open, before: start, name: word };
}

/** `describe.skipIf` for the last bracket of describe.skipIf(condition)( */
function calleeBefore(text, partner, open) {
  let i = lastBefore(text, open);
  while (text[i] === ')') i = lastBefore(text, partner.get(i));
  return /[\w$.]*$/.exec(text.slice(Math.max(0, i - 60), i + 1))[0];
}

/** The function whose argument list the offset stands in, e.g. `describe` in describe('name', () => {}). */
function calledIn(text, partner, offset) {
  for (let i = offset - 1; i >= 0; i--) {
    if (text[i] === ')' || text[i] === ']' || text[i] === '}') i = partner.get(i);
    else if (text[i] === '(') return calleeBefore(text, partner, i);
    else if (text[i] === '{' || text[i] === ';') return undefined;
  }
  return undefined;
}

/**
 * @param {string} text source with blank comments and strings
 * @param {import('./blank.mjs').Language} language
 * @returns {FunctionInfo[] | undefined} undefined when the brackets do not match
 */
export function findFunctions(text, language) {
  const partner = matchBrackets(text);
  if (partner === undefined) return undefined;
  const found = [];
  for (let i = text.indexOf('{'); i >= 0; i = text.indexOf('{', i + 1)) {
    const list = language === 'cc' ? listBeforeCc(text, partner, i) : listBeforeTs(text, partner, i);
    if (list === undefined || CONTROL.has(list.name)) continue;
    const line = lineAt(text, i);
    found.push({
      name: list.name === '' ? '(anonymous)' : list.name,
      calledIn: calledIn(text, partner, list.before),
      line,
      bodyLines: Math.max(0, lineAt(text, partner.get(i)) - line - 1),
      parameters:
        list.parameters ??
        (list.open === undefined ? 0 : countParameters(text.slice(list.open + 1, partner.get(list.open)))),
    });
  }
  return found;
}
