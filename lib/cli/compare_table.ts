// What a comparison of two runs found, as text.
import type { Change, Comparison } from '../../bench/compare';
import { formatCount, formatTime } from '../../bench/figures';
import { formatTable } from './text_table';
import { wrapText } from './wrap_text';

/** +12.3 %, -4.0 %. */
const formatChange = (value: number): string => `${value < 0 ? '' : '+'}${(100 * value).toFixed(1)} %`;

function changeRow({ name, contestant, before, after, time, distance, noise, verdict }: Change): string[] {
  const change = [formatTime(before), formatTime(after), formatChange(time), formatChange(distance)];
  return [verdict, `${name}: ${contestant}`, ...change, `${(100 * noise).toFixed(1)} %`];
}

/** The changes beyond noise, slower ones first, and a line that counts; in lines of `width` columns. */
export function formatComparison({ before, after, changes, unmatched }: Comparison, width: number): string {
  const of = (verdict: Change['verdict']): Change[] => changes.filter((change) => change.verdict === verdict);
  const [slower, faster, same] = [of('slower'), of('faster'), of('same')];
  const rows = [...slower, ...faster].map(changeRow);
  const header = ['', 'compared', 'before', 'after', 'time', 'to limit', 'noise'];
  const counted = `${slower.length} slower, ${faster.length} faster, ${same.length} within noise`;
  const missing = unmatched.length === 0 ? '' : `, ${formatCount(unmatched.length, 'figure')} without an earlier one`;
  const found = `compared with octavo ${before.octavo}, ${before.date.slice(0, 16)}Z (now ${after.octavo}): ${counted}${missing}`;
  const meaning =
    'Slower or faster: in time and in distance to the limit measured beside it, both by more than twice what ' +
    'the best times vary between the halves of a run, and by 2 % at least.';
  return [
    wrapText(found, width),
    ...(rows.length === 0 ? [] : [formatTable(header, rows, { width, optional: [2, 3] }).trimEnd()]),
    wrapText(meaning, width),
    '',
  ].join('\n');
}
