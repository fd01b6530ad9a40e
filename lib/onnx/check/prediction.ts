// A prediction before it is put into words: with the nodes themselves.
import type { Node } from '../model';
import type { Outcome, Refusal } from './check_result';

export interface Prediction {
  readonly node: Node;
  readonly outcome: Outcome;
  readonly kernel?: string | undefined;
  readonly into?: Node | undefined;
  readonly refusal?: Refusal | undefined;
}
