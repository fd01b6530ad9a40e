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
export {
  type ActualNode,
  compareWithRuntime,
  type Disagreement,
  type RuntimeComparison,
  type RuntimeOptions,
} from './compare_with_runtime';
export { type OptimizeOptions, optimizedGraph } from './optimized_graph';
export { type CalibrationLimits, checkCalibration } from './rules/calibration_rules';
export { checkInterface } from './rules/interface_rules';
export { checkParity, type ParityResult, type Runner } from './rules/parity_rules';
export { RULES, type Rule } from './rules/rule_table';
export { countSaturatedPairs, type PairSaturation } from './saturation';
