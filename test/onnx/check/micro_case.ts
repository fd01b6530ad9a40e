import type { Model } from '../../../lib/onnx';
import type { RuleId } from '../../../lib/onnx/check';

/** A small model, and the rule that it breaks under ort-x64, if any. */
export interface MicroCase {
  readonly name: string;
  readonly rule?: RuleId | undefined;
  build(): Model;
}
