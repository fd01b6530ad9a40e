// The sketches of a file as they are shown.
import { readSketches } from '../calibrate/sketch_file';
import { fileError } from '../files/file_access';
import type { AnyScheme } from '../quantize/scheme';
import { show } from '../validate';
import { type SketchView, viewOf } from './sketch_view';

/** Views of all sketches of a file, or of one tensor's. Throws ERR_FILE for no sketches, or none of that name. */
export function viewSketches(file: string, scheme: AnyScheme, tensor: string | undefined): SketchView[] {
  const sketches = readSketches(file);
  const names = tensor === undefined ? [...sketches.keys()] : [tensor];
  return names.map((name) => {
    const sketch = sketches.get(name);
    if (sketch === undefined)
      throw fileError(
        file,
        `it has no tensor ${show(name)}, but ${[...sketches.keys()].slice(0, 8).map(show).join(', ')}`,
      );
    return viewOf(name, sketch, scheme);
  });
}
