// Turns a table of numbers with a column of classes into two IDX files: PREFIX-images.idx and PREFIX-labels.idx.
//   node scripts/csv_to_idx.mjs table.csv[.gz] --out PREFIX [--label first|last]
// Features become uint8 if all are whole numbers from 0 to 255, else float32; labels become int32. A first line with
// something that is not a number is a header. Fields are separated by commas and not quoted.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { writeIdx } from '../dist/lib/idx/index.js';

const USAGE = 'usage: node scripts/csv_to_idx.mjs FILE.csv[.gz] --out PREFIX [--label first|last]';

/** Something wrong with the call or the file: told in one line. */
class Refused extends Error {}

function readText(file) {
  try {
    const bytes = readFileSync(file);
    return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (cause) {
    throw new Refused(`${file}: cannot read: ${cause.message}`, { cause });
  }
}

/** Fields of each line that is not blank, with the line's number in the file. */
function readLines(file) {
  const lines = readText(file)
    .split(/\r?\n/)
    .map((text, i) => ({ line: i + 1, fields: text.split(',').map((field) => field.trim()), text }))
    .filter(({ text }) => text.trim() !== '');
  const isNumber = (field) => field !== '' && Number.isFinite(Number(field));
  return lines.length > 0 && !lines[0].fields.every(isNumber) ? lines.slice(1) : lines;
}

function parseRow(file, { line, fields }, columns) {
  if (fields.length !== columns)
    throw new Refused(`${file}: line ${line} has ${fields.length} fields, the first row has ${columns}`);
  return fields.map((field) => {
    const value = Number(field);
    if (field === '' || !Number.isFinite(Math.fround(value)))
      throw new Refused(`${file}: line ${line}: ${JSON.stringify(field.slice(0, 40))} is not a number`);
    return value;
  });
}

function readTable(file, labelColumn) {
  const lines = readLines(file);
  if (lines.length === 0) throw new Refused(`${file}: it holds no rows of numbers`);
  const columns = lines[0].fields.length;
  if (columns < 2) throw new Refused(`${file}: its rows have one field, expected features and a label`);
  const labels = [];
  const features = lines.map((entry) => {
    const row = parseRow(file, entry, columns);
    const label = labelColumn === 'first' ? row.shift() : row.pop();
    if (!Number.isInteger(label) || label < 0 || label >= 2 ** 31)
      throw new Refused(`${file}: line ${entry.line}: the label ${label} is not a whole number from 0 up`);
    labels.push(label);
    return row;
  });
  return { features, labels, width: columns - 1 };
}

function convert(file, { out, label }) {
  const { features, labels, width } = readTable(file, label);
  const values = features.flat();
  const areBytes = values.every((value) => Number.isInteger(value) && value >= 0 && value <= 255);
  const data = areBytes ? Uint8Array.from(values) : Float32Array.from(values);
  const type = areBytes ? 'uint8' : 'float32';
  writeIdx(`${out}-images.idx`, { type, dims: [labels.length, width], data });
  writeIdx(`${out}-labels.idx`, { type: 'int32', dims: [labels.length], data: Int32Array.from(labels) });
  console.log(`wrote ${labels.length} rows of ${width} ${type} features to ${out}-images.idx and ${out}-labels.idx`);
}

try {
  const { values, positionals } = parseArgs({
    options: { out: { type: 'string' }, label: { type: 'string', default: 'last' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [file, ...rest] = positionals;
  if (values.help) console.log(USAGE);
  else if (
    file === undefined ||
    rest.length > 0 ||
    values.out === undefined ||
    !['first', 'last'].includes(values.label)
  )
    throw new Refused(USAGE);
  else convert(file, values);
} catch (error) {
  if (!(error instanceof Refused) && error.code === undefined) throw error;
  console.error(`csv_to_idx: ${error.message}`);
  process.exitCode = 1;
}
