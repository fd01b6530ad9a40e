// Q034 and what of Q028 takes data: whether calibration saw each quantized tensor, and whether its range fits what was seen.
import type { Sketch } from '../../../calibrate';
import { GraphIndex, type Model, type Node } from '../../model';
import type { Finding } from '../check_result';
import { nodeName } from '../node_name';
import { INTEGER_LIMITS, isQ, quantizationOf, scalarsOf } from '../ort/quantization';
import { WorkingGraph } from '../ort/working_graph';
import { found } from './rule_context';

export interface CalibrationLimits {
  /** Largest share of values beyond the range; default 0.01. */
  readonly clipped?: number | undefined;
  /** Largest share of the range that no value reached; default 0.5. */
  readonly unused?: number | undefined;
}

interface Seen {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly beyond: number;
}

/** Values of a sketch beyond a range, to the width of its bins. */
function seenIn(sketch: Sketch, low: number, high: number): Seen {
  const seen = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, count: 0, beyond: 0 };
  for (const { min, max, exponent, counts } of sketch.channels) {
    seen.min = Math.min(seen.min, min);
    seen.max = Math.max(seen.max, max);
    if (exponent === null) continue;
    const width = 2 ** (exponent + 1) / counts.length;
    const half = counts.length / 2;
    counts.forEach((count, bin) => {
      const center = (bin - half + 0.5) * width;
      seen.count += Number(count);
      if (center < low || center > high) seen.beyond += Number(count);
    });
  }
  return seen;
}

function* findingsOf(
  graph: WorkingGraph,
  q: Node,
  sketch: Sketch | undefined,
  limits: CalibrationLimits,
): Iterable<Finding> {
  const [tensor = ''] = q.inputs;
  const place = { node: nodeName(q), tensor };
  const quantization = quantizationOf(graph, q);
  const scalars = scalarsOf(quantization);
  const bounds = quantization.type === undefined ? undefined : INTEGER_LIMITS[quantization.type];
  if (scalars === undefined || bounds === undefined) return;
  const [low, high] = bounds.map((bound) => scalars.scale * (bound - scalars.zeroPoint)) as [number, number];
  const seen = sketch === undefined ? undefined : seenIn(sketch, low, high);
  if (seen === undefined || !(seen.max >= seen.min)) {
    yield found('Q034', `no calibration data reached '${tensor}'`, place);
    return;
  }
  const clipped = seen.count === 0 ? 0 : seen.beyond / seen.count;
  if (clipped > (limits.clipped ?? 0.01))
    yield found('Q034', `${(clipped * 100).toFixed(1)} % of the values of '${tensor}' lie beyond its range`, place);
  const used = Math.min(high, Math.max(0, seen.max)) - Math.max(low, Math.min(0, seen.min));
  const unused = 1 - used / (high - low);
  if (unused > (limits.unused ?? 0.5))
    yield found('Q034', `${(unused * 100).toFixed(0)} % of the range of '${tensor}' is never used`, place);
}

/**
 * Rule Q034 for every quantized activation of a model, against sketches of its tensors by name, such as calibrateModel gives.
 * Tensors of a model that was prepared anew keep their names only where nothing replaced them.
 */
export function checkCalibration(
  model: Model,
  sketches: ReadonlyMap<string, Sketch>,
  limits: CalibrationLimits = {},
): Finding[] {
  const graph = new WorkingGraph(model);
  const index = new GraphIndex(model.graph);
  return model.graph.nodes
    .filter((node) => isQ(node) && index.constant(node.inputs[0] ?? '') === undefined)
    .flatMap((q) => [...findingsOf(graph, q, sketches.get(q.inputs[0] ?? ''), limits)]);
}
