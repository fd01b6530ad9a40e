export { canEvaluate, type EvaluateOptions, evaluate, evaluateNode, Interpreter } from './interpreter';
export { evaluatedOperators } from './table';
