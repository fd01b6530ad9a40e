// The sketches of several files as one set, in the order of their names.

import { isOctavoError, makeError } from '../errors';
import { show } from '../validate';
import type { Sketch } from './sketch';
import { readSketches } from './sketch_file';

/** Throws ERR_FILE for files that are no sketches, ERR_SHAPE for sketches of one name that do not fit, naming the file. */
export function mergeSketchFiles(files: readonly string[]): ReadonlyMap<string, Sketch> {
  const merged = new Map<string, Sketch>();
  for (const file of files)
    for (const [name, sketch] of readSketches(file)) {
      try {
        merged.set(name, merged.get(name)?.merge(sketch) ?? sketch);
      } catch (cause) {
        if (!isOctavoError(cause)) throw cause;
        throw makeError(cause.code, `${file}: sketch ${show(name)}: ${cause.message}`, { cause });
      }
    }
  return new Map([...merged].sort(([a], [b]) => (a < b ? -1 : 1)));
}
