// The rules of `npm run check` about layers, each on a small tree that keeps it and on one that breaks it.
import { describe, expect, it } from 'vitest';
import { dependencies } from '../../scripts/check/dependencies.mjs';
import { forbiddenCode } from '../../scripts/check/forbidden_code.mjs';
import { isaVariable } from '../../scripts/check/isa_variable.mjs';
import { libLayers } from '../../scripts/check/lib_layers.mjs';
import { nativeLayers } from '../../scripts/check/native_layers.mjs';
import { formatProblem, type Rule, runRule } from '../../scripts/check/rule.mjs';
import { treeOf } from '../../scripts/check/tree.mjs';

const problemsOf = (rule: Rule, files: Record<string, string>): string[] =>
  runRule(rule, treeOf(files)).problems.map(formatProblem);

const problemOf = (rule: Rule, files: Record<string, string>): string => {
  const problems = problemsOf(rule, files);
  expect(problems).toHaveLength(1);
  return problems[0] ?? '';
};

describe('native includes', () => {
  const base = {
    'native/core/sizes.h': '#include <cstddef>\n',
    'native/kernels/kernels.h': '#include "core/sizes.h"\n',
    'native/dispatch/dispatch.h': '#include "kernels/kernels.h"\n#include <cpuid.h>\n',
    'native/ops/matmul.h': '#include "dispatch/dispatch.h"\n#include <thread>\n',
    'native/binding/addon.cc': '#include <napi.h>\n#include "ops/matmul.h"\n#include "dispatch/dispatch.h"\n',
    'native/cuda/device.cc': '#include "dispatch/dispatch.h"\n',
  };
  const withFile = (file: string, text: string) => problemOf(nativeLayers, { ...base, [file]: text });

  it('pass when they point down', () => {
    expect(problemsOf(nativeLayers, base)).toEqual([]);
  });

  it.each([
    ['native/core/up.h', '#include "kernels/kernels.h"', 'core may not include kernels'],
    ['native/kernels/up.cc', '#include "dispatch/dispatch.h"', 'kernels may not include dispatch'],
    ['native/dispatch/up.cc', '#include "ops/matmul.h"', 'dispatch may not include ops'],
    ['native/cuda/up.cc', '#include "ops/matmul.h"', 'cuda may not include ops'],
    ['native/binding/around.cc', '#include "kernels/kernels.h"', 'binding may not include kernels'],
    ['native/ops/node.cc', '\n#include <node_api.h>', 'native/ops/node.cc:2: <node_api.h> belongs to binding'],
    ['native/ops/simd.cc', '#include <immintrin.h>', '<immintrin.h> belongs to kernels'],
    ['native/kernels/detect.cc', '# include <cpuid.h>', '<cpuid.h> belongs to dispatch'],
    ['native/kernels/threads.cc', '#include <thread>', '<thread> belongs to ops'],
    ['native/kernels/near.cc', '#include "kernels.h"', '"kernels.h" is not below native/'],
    ['native/fast/x.cc', '', 'native/fast is no layer'],
  ])('%s: %s', (file, text, message) => {
    expect(withFile(file, text)).toContain(message);
  });

  it('do not count in comments', () => {
    expect(problemsOf(nativeLayers, { ...base, 'native/core/c.h': '// #include "ops/matmul.h"\n' })).toEqual([]);
  });
});

describe('lib and bench imports', () => {
  const withFile = (file: string, text: string) => problemOf(libLayers, { 'lib/errors.ts': '', [file]: text });

  it('pass when they point down', () => {
    const files = {
      'lib/addon.ts': "import { makeError } from './errors';\nimport { loadBinary } from './loading';",
      'lib/loading/find.ts': "const file = 'octavo.node';",
      'lib/tensor/tensor.ts': "import { reject } from '../validate';\nimport { row } from './dtype';",
      'lib/linear/linear.ts': "export * from '../matmul';\nimport type { A } from '../tensor/tensor';",
      'lib/cli/demo_command.ts': "const { run } = await import('../demo');\nimport { suite } from '../../bench/suite';",
      'bench/suite.ts': "import { Tensor } from '../lib/index';",
      'lib/index.ts': "export { Tensor } from './tensor';",
      'lib/onnx/index.ts': "export * from './read';",
      'lib/onnx/read/tensor.ts': "import { ModelTensor } from '../model';\nimport { makeError } from '../../errors';",
    };
    expect(problemsOf(libLayers, files)).toEqual([]);
  });

  it.each([
    ['lib/tensor/up.ts', "import { x } from '../quantize';", 'tensor may not import quantize'],
    ['lib/tensor/lazy.ts', "const x = await import('../quantize');", 'tensor may not import quantize'],
    ['lib/tensor/cjs.ts', "const x = require('../quantize');", 'tensor may not import quantize'],
    ['lib/calibrate/side.ts', "import { x } from '../matmul/matmul';", 'calibrate may not import matmul'],
    ['lib/validate.ts', "import { x } from './tensor';", 'validate may not import tensor'],
    ['lib/idx/native.ts', "import { addon } from '../addon';", 'idx may import only errors, validate, files'],
    ['lib/linear/up.ts', "\n\nimport '../index';", 'lib/linear/up.ts:3: linear may not import index'],
    ['bench/up.ts', "import { main } from '../lib/cli/main';", 'bench may not import cli'],
    ['lib/tensor/out.ts', "import { x } from '../../scripts/check.mjs';", 'lies outside lib/ and bench/'],
    ['lib/linear/unknown.ts', "import { x } from '../mystery';", 'the subject mystery is not in LIB_ORDER'],
    ['lib/mystery/x.ts', '', 'the subject mystery is not in LIB_ORDER'],
    ['lib/onnx/model/up.ts', "import { readModel } from '../read';", 'model may not import read: it is not below it'],
    ['lib/onnx/read/side.ts', "import { writeModel } from '../write';", 'read may not import write'],
    ['lib/onnx/quantize/unknown.ts', "import { x } from '../mystery';", 'the subject mystery is not in ONNX_ORDER'],
    ['lib/onnx/mystery/x.ts', '', 'the subject mystery is not in ONNX_ORDER'],
    ['lib/onnx/read/linear.ts', "import { x } from '../../cli/x';", 'onnx may not import cli'],
    ['lib/runtime.ts', "const folder = 'prebuilds';", "only lib/loading/ may mention 'prebuilds"],
    ['lib/runtime.ts', "const file = 'octavo.node';", 'only lib/loading/ may mention'],
  ])('%s: %s', (file, text, message) => {
    expect(withFile(file, text)).toContain(message);
  });

  it('process.versions.node is no file', () => {
    expect(problemsOf(libLayers, { 'lib/runtime.ts': 'x(process.versions.node, y)' })).toEqual([]);
  });
});

describe('dependencies of lib', () => {
  const manifest = {
    'package.json': JSON.stringify({
      name: 'self',
      dependencies: { a: '1', '@b/c': '1' },
      peerDependencies: { p: '1' },
    }),
  };

  it('are declared', () => {
    const text =
      "import fs from 'node:fs';\nimport a from 'a/sub';\nimport { x } from '@b/c';\nimport type { T } from 'types';\n" +
      "require('self/package.json'); await import('a'); await import('p');";
    expect(problemsOf(dependencies, { ...manifest, 'lib/x.ts': text })).toEqual([]);
  });

  it('are peers only where they are loaded when they are needed', () => {
    const problem = problemOf(dependencies, { ...manifest, 'lib/x.ts': "import p from 'p';" });
    expect(problem).toContain('p is an optional peer: load it with import()');
  });

  it.each(["import d from 'd';", "import {\n  d,\n} from 'd/e';", "const d = require('d');", "await import('d');"])(
    '%s',
    (text) => {
      expect(problemOf(dependencies, { ...manifest, 'lib/x.ts': text })).toContain('d is not among');
    },
  );
});

describe('what layers must not do', () => {
  const rule = (layer: string): Rule => {
    const found = forbiddenCode.find(({ name }) => name === `must not: ${layer}`);
    if (found === undefined) throw new Error(`no rule for ${layer}`);
    return found;
  };

  it.each([
    ['kernels', 'void* p = malloc(3);', 'malloc'],
    ['kernels', 'auto* p = new int[3];', 'new'],
    ['kernels', 'std::thread t;', 'std::thread'],
    ['kernels', 'throw 1;', 'throw'],
    ['kernels', 'getenv("X");', 'getenv'],
    ['kernels', 'napi_env env;', 'napi_env'],
    ['kernels', 'x = std::max(a, b);', 'std::max'],
    ['kernels', 'std::vector<int> v;', 'std::vector'],
    ['core', 'getenv("X");', 'getenv'],
    ['core', '__m256i v;', '__m256i'],
    ['dispatch', 'x = _mm512_add_epi32(a, b);', '_mm512_add_epi32'],
    ['ops', 'vaddq_s32(a, b);', 'vaddq_s32'],
    ['ops', 'napi_value v;', 'napi_value'],
    ['binding', 'std::jthread t;', 'std::jthread'],
    ['binding', 'std::getenv("X");', 'getenv'],
    ['native', 'printf("x");', 'printf'],
    ['native', 'std::cerr << 1;', 'std::cerr'],
    ['native', 'std::abort();', 'std::abort'],
  ])('%s: %s', (layer, text, found) => {
    const folder = layer === 'native' ? 'ops' : layer;
    const problems = problemsOf(rule(layer), { [`native/${folder}/x.cc`]: `\n${text}\n` });
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]).toContain(`native/${folder}/x.cc:2: ${found}`);
  });

  it('lets a kernel be a kernel', () => {
    const text =
      '// throws nothing, new: never\nvoid f(std::size_t n, const std::int8_t* a) {\n' +
      '  std::memcpy(&x, a, n); y = std::fma(a, b, c); s = "printf("; __m512i v = _mm512_setzero_si512(); }\n';
    for (const layer of ['kernels', 'native'])
      expect(problemsOf(rule(layer), { 'native/kernels/x.cc': text })).toEqual([]);
  });
});

describe('OCTAVO_ISA', () => {
  const reader = { 'native/dispatch/select.cc': 'std::getenv("OCTAVO_ISA");' };

  it('is read by dispatch alone', () => {
    expect(problemsOf(isaVariable, { ...reader, 'lib/cli/main.ts': "help('OCTAVO_ISA forces')" })).toEqual([]);
  });

  it.each([
    [{ ...reader, 'native/ops/x.cc': 'std::getenv("OCTAVO_ISA");' }, 'native/ops/x.cc:1'],
    [{ ...reader, 'lib/runtime.ts': 'process.env.OCTAVO_ISA' }, 'lib/runtime.ts:1'],
    [{ ...reader, 'lib/runtime.ts': "process.env['OCTAVO_ISA']" }, 'lib/runtime.ts:1'],
    [{ 'native/dispatch/select.cc': '// OCTAVO_ISA' }, 'nothing reads OCTAVO_ISA'],
  ])('%o', (files, message) => {
    expect(problemOf(isaVariable, files)).toContain(message);
  });
});
