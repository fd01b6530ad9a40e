// Q037: the runtime's outputs against the reference evaluation's.
import type { Feeds, Model, TensorValue } from '../../model';
import type { Finding } from '../check_result';
import { nodeName } from '../node_name';
import { isDq, quantizationOf, scalarsOf } from '../ort/quantization';
import { WorkingGraph } from '../ort/working_graph';
import { found } from './rule_context';

/** What runs a model: the executors of octavo/onnx do. */
export interface Runner {
  run(feeds: Feeds): Promise<Record<string, TensorValue>>;
}

export interface ParityResult {
  readonly findings: readonly Finding[];
  /** By output: the largest difference in steps of its quantization, or relative to its largest value where it has none. */
  readonly differences: Readonly<Record<string, { readonly largest: number; readonly unit: 'steps' | 'relative' }>>;
}

/** Float outputs without a quantization of their own may differ by this share of their largest value. */
const FLOAT_TOLERANCE = 0.01;

/** The step of an output: the scale of the DQ that writes it, 1 for integers. */
function stepOf(graph: WorkingGraph, name: string, value: TensorValue): number | undefined {
  if (value.type !== 'float32') return 1;
  const producer = graph.producer(name);
  return isDq(producer) ? scalarsOf(quantizationOf(graph, producer))?.scale : undefined;
}

function compare(expected: TensorValue, actual: TensorValue): { difference: number; magnitude: number } {
  const [a, b] = [expected.data as ArrayLike<number | bigint>, actual.data as ArrayLike<number | bigint>];
  let [difference, magnitude] = [a.length === b.length ? 0 : Number.POSITIVE_INFINITY, 0];
  for (let i = 0; i < a.length && i < b.length; i++) {
    difference = Math.max(difference, Math.abs(Number(a[i]) - Number(b[i])));
    magnitude = Math.max(magnitude, Math.abs(Number(a[i])));
  }
  return { difference, magnitude };
}

/**
 * Rule Q037 for one run: outputs of the runtime within one step of those of the reference.
 * @param reference evaluates every Q and DQ node as it stands; @param runtime may fuse them
 */
export async function checkParity(
  model: Model,
  feeds: Feeds,
  { reference, runtime }: { reference: Runner; runtime: Runner },
): Promise<ParityResult> {
  const [expected, actual] = [await reference.run(feeds), await runtime.run(feeds)];
  const graph = new WorkingGraph(model);
  const findings: Finding[] = [];
  const differences: Record<string, { largest: number; unit: 'steps' | 'relative' }> = {};
  for (const { name } of model.graph.outputs) {
    const [one, other] = [expected[name], actual[name]];
    if (one === undefined || other === undefined || one.type === 'string') continue;
    const { difference, magnitude } = compare(one, other);
    const step = stepOf(graph, name, one);
    const largest = difference / (step ?? (magnitude || 1));
    differences[name] = { largest, unit: step === undefined ? 'relative' : 'steps' };
    const limit = step === undefined ? FLOAT_TOLERANCE : 1 + 1e-3;
    const producer = graph.producer(name);
    if (!(largest <= limit))
      findings.push(
        found(
          'Q037',
          `output '${name}' is off by ${largest.toPrecision(3)} ${step === undefined ? 'of its largest value' : 'steps'}`,
          {
            tensor: name,
            node: producer === undefined ? undefined : nodeName(producer),
          },
        ),
      );
  }
  return { findings, differences };
}
