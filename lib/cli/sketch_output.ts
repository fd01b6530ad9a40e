// Where sketches go, and the table that says what is in them.
import { type NamedSketches, sketchesToJson, writeSketches } from '../calibrate/sketch_file';
import { formatReal } from './format_real';
import { writeText } from './output_file';
import { summaryOf } from './sketch_view';
import { formatTable } from './text_table';

/** Writes sketches to a file, or as JSON to stdout for `-`. */
export function writeOutput(target: string, sketches: NamedSketches): void {
  if (target === '-') writeText('-', sketchesToJson(sketches));
  else writeSketches(target, sketches);
}

/** Prints what was written where, unless the sketches themselves went to stdout. */
export function reportOutput(output: string, sketches: NamedSketches, json: boolean | undefined): void {
  if (output === '-') return;
  const tensors = Array.from(sketches, ([name, sketch]) => summaryOf(name, sketch));
  if (json) {
    process.stdout.write(`${JSON.stringify({ output, tensors }, null, 2)}\n`);
    return;
  }
  const rows = tensors.map(({ name, channels, count, nanCount, infinityCount, min, max }) => [
    name,
    `${channels}`,
    `${count}`,
    `${nanCount + infinityCount}`,
    formatReal(min),
    formatReal(max),
  ]);
  const table = formatTable(['tensor', 'channels', 'values', 'NaN, Inf', 'min', 'max'], rows);
  process.stdout.write(`${table}\nwritten to ${output}; octavo show ${output} prints ranges and thresholds\n`);
}
