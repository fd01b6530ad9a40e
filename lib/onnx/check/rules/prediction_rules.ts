// Q011 to Q020 and Q022: what keeps nodes from integer kernels, as the prediction found it.
import type { Finding } from '../check_result';
import { nodeName } from '../node_name';
import { found, type RuleContext } from './rule_context';

export function* predictionRules({ predictions }: RuleContext): Iterable<Finding> {
  for (const { node, refusal } of predictions) {
    if (refusal === undefined) continue;
    const { rule, reason, remedy } = refusal;
    yield found(rule, `${node.label} stays in float: ${reason}`, {
      node: nodeName(node),
      tensor: node.outputs[0],
      remedy,
    });
  }
}
