// Q021 and Q023: operators that run, but not as well as they could.
import { intOf } from '../../model';
import type { Finding } from '../check_result';
import { nodeName } from '../node_name';
import { found, type RuleContext } from './rule_context';

export function* operatorRules({ predictions }: RuleContext): Iterable<Finding> {
  for (const { node, outcome, kernel } of predictions) {
    if (node.is('ConvInteger'))
      yield found('Q021', `${node.label} is slower than a float convolution, and its input is quantized at every run`, {
        node: nodeName(node),
      });
    if (outcome !== 'int8' || kernel !== 'MatMulNBits') continue;
    const level = node.opType === 'MatMulNBits' ? intOf(node, 'accuracy_level', undefined) : undefined;
    if (level === undefined)
      yield found('Q023', `${node.label} quantizes its activations to 8 bits unless it is told not to`, {
        node: nodeName(node),
      });
  }
}
