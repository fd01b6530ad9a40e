// How much of a model runs in integers, by operator.
import type { LayerForm } from '../decisions';
import type { LayerRow, QuantizeReport } from './report_types';

export interface OpCoverage {
  readonly opType: string;
  readonly layers: number;
  readonly integer: number;
  readonly forms: Readonly<Partial<Record<LayerForm, number>>>;
  /** Why layers stayed behind, the most frequent first. */
  readonly reasons: readonly { readonly text: string; readonly rule: string | null; readonly count: number }[];
}

export interface Coverage {
  /** Layers that multiply by weights, and how many of them run as the mode intends. */
  readonly layers: number;
  readonly done: number;
  /** What they were to become: 'int8', 'int4 weights', 'float16', ... */
  readonly what: string;
}

/** Layers count as done by what runs: in weight-only and float16 models by how their weights lie. */
function isDone(mode: QuantizeReport['mode'], { form, integerKernel }: LayerRow): boolean {
  return mode === 'static' || mode === 'dynamic' ? integerKernel : form !== 'float32';
}

const INTENT = { static: 'int8', dynamic: 'int8', 'weight-only': 'weights', float16: 'float16' } as const;

/** The coverage of Conv, Gemm, MatMul and the like. */
export function coverageOf({ layers, mode }: Pick<QuantizeReport, 'layers' | 'mode'>): Coverage {
  const weighted = layers.filter((layer) => layer.weighted);
  const forms = new Set(weighted.map(({ form }) => form).filter((form) => form !== 'float32'));
  const [only] = forms;
  const what = mode === 'weight-only' && forms.size === 1 ? `${only} weights` : INTENT[mode];
  return { layers: weighted.length, done: weighted.filter((layer) => isDone(mode, layer)).length, what };
}

function reasonsOf(layers: readonly LayerRow[]): OpCoverage['reasons'] {
  const found = new Map<string, { text: string; rule: string | null; count: number }>();
  for (const { integerKernel, form, reason, rule } of layers) {
    if (reason === null || (integerKernel && form !== 'float32')) continue;
    const key = `${rule} ${reason}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { text: reason, rule, count: 1 });
    else known.count++;
  }
  return [...found.values()].sort((a, b) => b.count - a.count);
}

/** One row for each operator, those with weights first, then by number of layers. */
export function coverageByOp(layers: readonly LayerRow[]): OpCoverage[] {
  const groups = groupByOp(layers);
  const weighted = (group: readonly LayerRow[]): number => Number(group.some((layer) => layer.weighted));
  return [...groups]
    .sort(
      ([a, first], [b, second]) =>
        weighted(second) - weighted(first) || second.length - first.length || (a < b ? -1 : 1),
    )
    .map(([opType, group]) => {
      const forms: Partial<Record<LayerForm, number>> = {};
      for (const { form } of group) forms[form] = (forms[form] ?? 0) + 1;
      const integer = group.filter(({ integerKernel }) => integerKernel).length;
      return { opType, layers: group.length, integer, forms, reasons: reasonsOf(group) };
    });
}

function groupByOp(layers: readonly LayerRow[]): Map<string, LayerRow[]> {
  const groups = new Map<string, LayerRow[]>();
  for (const layer of layers) groups.set(layer.opType, [...(groups.get(layer.opType) ?? []), layer]);
  return groups;
}
