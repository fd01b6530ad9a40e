// What rules look at, and how they say what they found.
import type { GraphIndex, Model, ValueType } from '../../model';
import type { Target } from '../../targets';
import type { Finding, RuleId, Severity } from '../check_result';
import type { WorkingGraph } from '../ort/working_graph';
import type { Prediction } from '../prediction';
import { ruleOf } from './rule_table';

export interface RuleContext {
  readonly model: Model;
  readonly target: Target;
  readonly index: GraphIndex;
  /** The model as it is, for reading parameters of Q and DQ nodes. */
  readonly graph: WorkingGraph;
  readonly types: ReadonlyMap<string, ValueType>;
  readonly predictions: readonly Prediction[];
}

export type RuleCheck = (context: RuleContext) => Iterable<Finding>;

interface Place {
  readonly node?: string | undefined;
  readonly tensor?: string | undefined;
  readonly remedy?: string | undefined;
  readonly severity?: Severity | undefined;
}

/** A finding with the rule's severity and remedy where none is given. */
export function found(id: RuleId, message: string, { node, tensor, remedy, severity }: Place = {}): Finding {
  const rule = ruleOf(id);
  return {
    rule: id,
    severity: severity ?? rule.severity,
    ...(node === undefined ? {} : { node }),
    ...(tensor === undefined ? {} : { tensor }),
    message,
    remedy: remedy ?? rule.remedy,
  };
}
