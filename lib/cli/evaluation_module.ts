// The user's evaluation function, from an ES module or a CommonJS one.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { fileError } from '../files/file_access';
import type { Evaluate } from '../onnx/quantize';

/** The default export of a module, or the one called `evaluate`. Throws ERR_FILE if it has neither, or cannot be imported. */
export async function loadEvaluation(file: string): Promise<Evaluate> {
  if (!existsSync(file)) throw fileError(file, 'cannot read: no such file or directory');
  let module: { default?: unknown; evaluate?: unknown };
  try {
    module = (await import(pathToFileURL(path.resolve(file)).href)) as typeof module;
  } catch (cause) {
    throw fileError(file, `cannot be imported: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  const found = [module.evaluate, module.default, (module.default as { default?: unknown } | undefined)?.default];
  const evaluate = found.find((value) => typeof value === 'function');
  if (evaluate === undefined)
    throw fileError(
      file,
      'must export a function (model) => { correct, total } | { loss } | number, as default or evaluate',
    );
  return evaluate as Evaluate;
}
