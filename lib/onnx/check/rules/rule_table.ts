// The rules, by their names.
import type { Target } from '../../targets';
import type { RuleId, Severity } from '../check_result';
import { ROWS, type RuleBasis, type RuleScope } from './rule_rows';

export interface Rule {
  readonly id: RuleId;
  readonly scope: RuleScope;
  readonly severity: Severity;
  readonly basis: RuleBasis;
  readonly title: string;
  readonly remedy: string;
}

/** The rules in the order of their names. */
export const RULES: readonly Rule[] = ROWS.map(([id, scope, severity, basis, title, remedy]) => ({
  id,
  scope,
  severity,
  basis,
  title,
  remedy,
}));

const BY_ID = new Map(RULES.map((rule) => [rule.id, rule]));

export function ruleOf(id: RuleId): Rule {
  return BY_ID.get(id) as Rule;
}

const isOrt = (target: Target): boolean => target.startsWith('ort-');

/** Does a rule hold for a target? */
export function appliesTo({ scope }: Rule, target: Target): boolean {
  if (scope === '*') return true;
  if (scope === 'O-x64') return target === 'ort-x64';
  if (scope === 'T') return target === 'tensorrt';
  return scope === 'V' ? target === 'openvino' : isOrt(target);
}
