// A report as an earlier run wrote it: read back, and refused unless it has the shape that readers rely on.
import { fileError, readExactly, withFile } from '../lib/files/file_access';
import { type BenchReport, REPORT_FORMAT } from './report_types';

/** More than any run writes. */
const MOST_BYTES = 64 * 2 ** 20;

/** What a value must be: a primitive, an object with at least these fields, or an array of one shape. */
type Shape = 'string' | 'number' | 'boolean' | Nullable | readonly [Shape] | { readonly [field: string]: Shape };
class Nullable {
  constructor(readonly shape: Shape) {}
}
const nullable = (shape: Shape): Nullable => new Nullable(shape);

const RATE = { best: 'number', median: 'number' } as const;
const LATENCY = { count: 'number', p50: 'number', p90: 'number', p99: 'number', max: 'number' } as const;
const SECONDS = { ...RATE, count: 'number', p10: 'number', p90: 'number', worst: 'number' } as const;
const SUMMARY = { ...SECONDS, noise: nullable('number') } as const;

const CONTESTANT: Shape = {
  name: 'string',
  status: 'string',
  note: nullable('string'),
  seconds: nullable(SUMMARY),
  rate: nullable({ ...RATE, unit: 'string' }),
  work: nullable({ operations: 'number', bytes: 'number', resident: 'number' }),
  bandwidth: nullable(RATE),
  ofBound: nullable({ ...RATE, kind: 'string', level: nullable('string') }),
  baseline: nullable('string'),
  ratio: nullable(RATE),
};
const MACHINE: Shape = {
  cpu: 'string',
  board: nullable('string'),
  cpuModel: nullable('string'),
  platform: 'string',
  kernel: 'string',
  virtual: nullable('boolean'),
  usableCpus: 'number',
  cpus: 'number',
  affinity: nullable('string'),
  cpuQuota: nullable('number'),
  isa: 'string',
  availableIsas: ['string'],
  caches: [{ level: 'number', bytes: 'number' }],
  governor: nullable('string'),
  hugePages: nullable('string'),
  memoryBytes: 'number',
  load: 'number',
  node: 'string',
  octavo: 'string',
  date: 'string',
};
const CPU_STATE: Shape = {
  governor: nullable('string'),
  driver: nullable('string'),
  hertz: nullable('number'),
  mostHertz: nullable('number'),
  celsius: nullable('number'),
  throttled: nullable('number'),
};
const PEAKS: Shape = {
  int8: RATE,
  float32: RATE,
  bandwidth: [{ level: 'string', bytes: 'number', read: RATE, copy: RATE }],
};
const LOAD: Shape = {
  contestant: 'string',
  inFlight: 'number',
  callsPerSecond: 'number',
  latency: LATENCY,
  loopDelay: LATENCY,
};
const FIGURE: Shape = { name: 'string', value: 'number' };
const FAMILY = {
  family: 'string',
  contestant: 'string',
  count: 'number',
  geometricMean: 'number',
  medianMean: 'number',
  least: FIGURE,
  most: FIGURE,
} as const;

const REPORT: Shape = {
  machine: MACHINE,
  cpuStates: nullable({ before: CPU_STATE, after: CPU_STATE }),
  settings: { suites: ['string'], filter: nullable('string'), quick: 'boolean', threads: 'number' },
  peers: { onnxruntime: 'string' },
  peaks: PEAKS,
  cases: [{ family: 'string', name: 'string', contestants: [CONTESTANT], bounds: [{ ...RATE, kind: 'string' }] }],
  scaling: [{ name: 'string', points: [{ threads: 'number', seconds: SUMMARY, rate: 'number', speedup: RATE }] }],
  latency: [{ name: 'string', threads: 'number', idleDelay: LATENCY, points: [LOAD] }],
  summary: { ratios: [{ ...FAMILY, baseline: 'string' }], ofBound: [FAMILY] },
};

/** Where `value` departs from `shape`, as a path like `.cases[3].name`; undefined if nowhere. */
export function findDeparture(value: unknown, shape: Shape, at = ''): string | undefined {
  if (typeof shape === 'string') return typeof value === shape ? undefined : at;
  if (shape instanceof Nullable) return value === null ? undefined : findDeparture(value, shape.shape, at);
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return at;
    return firstOf(value.map((item, i) => () => findDeparture(item, shape[0], `${at}[${i}]`)));
  }
  if (typeof value !== 'object' || value === null) return at;
  const fields = Object.entries(shape as { [field: string]: Shape });
  return firstOf(
    fields.map(
      ([f, inner]) =>
        () =>
          findDeparture((value as never)[f], inner, `${at}.${f}`),
    ),
  );
}

function firstOf(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fileError(file, 'is not JSON', cause);
  }
}

/** The report with null for what runs did not tell before there was a field for it. */
function withLaterFields(report: BenchReport): BenchReport {
  const { machine, cpuStates = null } = report;
  const isObject = typeof machine === 'object' && machine !== null;
  return { ...report, cpuStates, machine: isObject ? { ...machine, board: machine.board ?? null } : machine };
}

/**
 * Reads what `octavo bench --json` wrote.
 * @throws ERR_FILE if the file cannot be read or is no such report
 */
export function readReport(file: string): BenchReport {
  const text = withFile(file, (open) => {
    if (open.bytes > MOST_BYTES) throw fileError(file, 'is too large for a benchmark report');
    const bytes = new Uint8Array(open.bytes);
    readExactly(open, bytes, 0);
    return new TextDecoder().decode(bytes);
  });
  const value = parse(file, text) as Partial<BenchReport> | null;
  const format = value?.format;
  if (format !== REPORT_FORMAT) {
    const came = typeof format === 'string' ? `its format is ${JSON.stringify(format)}` : 'it names no format';
    throw fileError(file, `is no report of this octavo: ${came}, expected "${REPORT_FORMAT}"`);
  }
  const report = withLaterFields(value as BenchReport);
  const departure = findDeparture(report, REPORT);
  if (departure !== undefined) throw fileError(file, `is damaged: ${departure} is not what a report has there`);
  return report;
}
