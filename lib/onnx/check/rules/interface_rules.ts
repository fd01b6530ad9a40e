// Q036: a quantized model has the inputs and outputs of its source.
import type { Model, ValueInfo } from '../../model';
import type { Finding } from '../check_result';
import { found } from './rule_context';

const describe = ({ type }: ValueInfo): string =>
  type?.kind === 'tensor'
    ? `${type.elementType ?? '?'} [${type.dims?.map((dim) => dim ?? '?').join(', ') ?? '...'}]`
    : 'no tensor';

function* differences(kind: string, before: readonly ValueInfo[], after: readonly ValueInfo[]): Iterable<Finding> {
  if (before.length !== after.length)
    yield found('Q036', `the model has ${after.length} ${kind}s, its source ${before.length}`);
  for (const [i, one] of before.entries()) {
    const other = after[i];
    if (other === undefined) continue;
    if (one.name !== other.name)
      yield found('Q036', `${kind} ${i} is '${other.name}', in the source '${one.name}'`, { tensor: other.name });
    else if (describe(one) !== describe(other))
      yield found('Q036', `${kind} '${one.name}' is ${describe(other)}, in the source ${describe(one)}`, {
        tensor: one.name,
      });
  }
}

/** Rule Q036: inputs and outputs of a model against those of the model that it came from. */
export function checkInterface(source: Model, model: Model): Finding[] {
  return [
    ...differences('input', source.graph.inputs, model.graph.inputs),
    ...differences('output', source.graph.outputs, model.graph.outputs),
  ];
}
