export { checkModel, describeRule } from './check_model';
export type {
  CheckResult,
  Coverage,
  Finding,
  NodePrediction,
  Outcome,
  RuleId,
  Severity,
} from './check_result';
export { type ActualNode, compareWithRuntime, type Disagreement, type RuntimeComparison } from './compare_with_runtime';
