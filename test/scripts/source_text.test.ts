// The parts under the rules: blanking comments and strings, measuring functions, running a rule.
import { describe, expect, it } from 'vitest';
import { blank } from '../../scripts/check/blank.mjs';
import { withoutExcused } from '../../scripts/check/exceptions.mjs';
import { countParameters, findFunctions } from '../../scripts/check/functions.mjs';
import { lineAt, runRule } from '../../scripts/check/rule.mjs';
import { treeOf } from '../../scripts/check/tree.mjs';

describe('blank', () => {
  it('takes comments out and keeps every offset', () => {
    const text = 'a; // one\n/* two\n three */ b;';
    const result = blank(text, 'ts');
    expect(result).toBe('a;       \n      \n          b;');
    expect(result.length).toBe(text.length);
  });

  it('keeps strings unless asked, and never takes their content for a comment', () => {
    expect(blank('f("// x"); g', 'cc')).toBe('f("// x"); g');
    expect(blank('f("// x"); g', 'cc', { strings: true })).toBe('f("    "); g');
    expect(blank("f('\\'//'); g", 'ts', { strings: true })).toBe("f('    '); g");
  });

  it('reads C++ digit separators, character literals and raw strings', () => {
    expect(blank("x = 1'000; // c\ny = '{';", 'cc', { strings: true })).toBe("x = 1'000;     \ny = ' ';");
    expect(blank('s = R"(a"//)"; t', 'cc', { strings: true }).endsWith('; t')).toBe(true);
  });

  it('reads templates with substitutions, and regular expressions with quotes', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
    const template = 'a(`x${ b({ c: "}" }) }//`); d // e';
    expect(blank(template, 'ts', { strings: true }).trimEnd().endsWith('); d')).toBe(true);
    expect(blank('a = /[/"]\\/*/g; b // c', 'ts', { strings: true }).trimEnd().endsWith('; b')).toBe(true);
    expect(blank('a = b / c; d("/")', 'ts')).toBe('a = b / c; d("/")');
  });
});

/** name, lines of body and parameters of each function of a source. */
function measured(text: string, language: 'cc' | 'ts') {
  return findFunctions(blank(text, language, { strings: true }), language)?.map((f) => [
    f.name,
    f.bodyLines,
    f.parameters,
  ]);
}

describe('findFunctions in C++', () => {
  it('finds functions, not classes, control flow or initializers', () => {
    const text = `namespace a {
struct S { int x = 0; };
template <typename T, int N>
static T f(const T* p, size_t n, std::array<int, N> c) {
  if (n > 0) {
    for (;;) { g(p); }
  } else { do { } while (n); }
  int v[2] = {1, 2};
  return T{n};
}
}`;
    expect(measured(text, 'cc')).toEqual([['f', 5, 3]]);
  });

  it('reads constructors, qualifiers, operators, lambdas and return types', () => {
    const text = `C::C(int a, int b) noexcept(true) : a_(a), b_{b} {
}
bool C::ok() const noexcept { return true; }
auto g(int a) -> std::vector<int> {
}
void h() {
  run([&](size_t i, size_t j) {
    x();
  });
  auto k = [this] { y(); };
}`;
    expect(measured(text, 'cc')).toEqual([
      ['C', 0, 2],
      ['ok', 0, 0],
      ['g', 0, 1],
      ['h', 4, 0],
      ['(anonymous)', 1, 2],
      ['(anonymous)', 0, 0],
    ]);
  });

  it('measures a doctest case', () => {
    expect(measured('TEST_CASE("x, {y") {\n  a();\n}\n', 'cc')).toEqual([['TEST_CASE', 1, 1]]);
  });

  it('reports brackets that do not match', () => {
    expect(findFunctions('void f() { (', 'cc')).toBeUndefined();
  });
});

describe('findFunctions in TypeScript', () => {
  it('finds functions, methods, accessors and arrows, with return types', () => {
    const text = `export class A<T> extends B<T> {
  constructor(readonly a: string, b: Map<string, number>) {
    super();
  }
  get size(): number { return 1; }
  static of<T>(x: T, { a, b }: { a: number; b: number } = { a: 1, b: 2 }): { c: A<T> } {
    return { c: x };
  }
}
const f = async (x: number): Promise<void> => {
  if (x) { y(); } else { z(); }
  try { a(); } catch (error) { b(); }
};
list.map((item) => {
  return item;
});
list.map(item => { return item; });`;
    expect(measured(text, 'ts')).toEqual([
      ['constructor', 1, 2],
      ['size', 0, 0],
      ['of', 1, 2],
      ['(anonymous)', 2, 1],
      ['(anonymous)', 1, 1],
      ['(anonymous)', 0, 1],
    ]);
  });

  it('takes objects, interfaces, switch cases and conditional expressions for none', () => {
    const text = `interface I extends J { f(a: number): void }
const o = { a: { b: 1 } };
switch (f(1)) { case g(2): { break; } }
const p = c ? f(1) : { d: 2 };
type U = { [K in keyof T]: T[K] };`;
    expect(measured(text, 'ts')).toEqual([]);
  });

  it('does not take a class behind a function for its body', () => {
    expect(measured('function f(): number {\n  return 1;\n}\nexport class C {\n  a = 1;\n}', 'ts')).toEqual([
      ['f', 1, 0],
    ]);
  });

  it('names the call that a callback stands in', () => {
    const found = findFunctions('describe.skipIf(no(1))(a, () => {\n  it(b, () => {\n  });\n});', 'ts');
    expect(found?.map((f) => f.calledIn)).toEqual(['describe.skipIf', 'it']);
  });
});

describe('countParameters', () => {
  it.each([
    ['', 0],
    ['void', 0],
    ['a', 1],
    ['a, b', 2],
    ['a: Map<string, number>, b?: [number, string],', 2],
    ['f: (x: number, y: number) => void, { a, b }', 2],
    ['void (*run)(int, int), std::pair<int, int> p = {1, 2}', 2],
  ])('%s', (text, count) => {
    expect(countParameters(text)).toBe(count);
  });
});

describe('runRule', () => {
  const rule = { name: 'r', selects: (file: string) => file.endsWith('.x'), check: () => [] };

  it('fails where it matches no file', () => {
    expect(runRule(rule, treeOf({ 'a.y': '' })).problems).toHaveLength(1);
    expect(runRule(rule, treeOf({ 'a.x': '' })).problems).toEqual([]);
  });

  it('counts lines from 1', () => {
    expect([0, 1, 2, 3].map((offset) => lineAt('a\nb\nc', offset))).toEqual([1, 1, 2, 2]);
  });
});

describe('exceptions', () => {
  const problems = [
    { file: 'a', message: 'x' },
    { file: 'b', message: 'y' },
  ];

  it('excuse a file from a rule', () => {
    expect(withoutExcused('r', problems, [{ rule: 'r', file: 'a', reason: '-' }])).toEqual([problems[1]]);
    expect(withoutExcused('r', problems, [{ rule: 'other', file: 'a', reason: '-' }])).toEqual(problems);
  });

  it('fail when they excuse nothing', () => {
    const [stale] = withoutExcused('r', [], [{ rule: 'r', file: 'a', reason: '-' }]);
    expect(stale?.message).toContain('excuses nothing');
  });
});
