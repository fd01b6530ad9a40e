// Which nodes stay in float, and which are quantized in a way of their own.
import type { Method } from '../../calibrate';
import type { QuantizedType } from '../../quantize';
import type { Node } from '../model';
import { matcherOf, type NodePattern } from './node_pattern';

/** What can be set for single nodes. */
export interface NodeSettings {
  /** The node stays in floating point. */
  readonly keep?: 'float' | undefined;
  /** The type of its activations: 16 bits where 8 lose too much. */
  readonly activations?: Extract<QuantizedType, 'int8' | 'uint8' | 'int16' | 'uint16'> | undefined;
  readonly symmetric?: boolean | undefined;
  /** How the ranges of the tensors that it writes and, where no other node decides that, reads are found. */
  readonly method?: Method | undefined;
  readonly perChannel?: boolean | undefined;
  /** Weights from -64 to 64: no sum of two products leaves 16 bits. */
  readonly reduceRange?: boolean | undefined;
}

export interface Override extends NodeSettings {
  readonly match: NodePattern;
}

export interface Selection {
  /** Nodes that stay in floating point. */
  readonly exclude?: Iterable<NodePattern> | undefined;
  /** In order: of settings for the same node, the last that is given counts. */
  readonly overrides?: Iterable<Override> | undefined;
}

/** The settings of a node; of an excluded one `keep` is 'float'. Throws ERR_DTYPE for patterns that are none. */
export function settingsOf(selection: Selection): (node: Node) => NodeSettings {
  const rules: { matches: (node: Node) => boolean; settings: NodeSettings }[] = [];
  for (const { match, ...settings } of selection.overrides ?? []) rules.push({ matches: matcherOf(match), settings });
  for (const pattern of selection.exclude ?? [])
    rules.push({ matches: matcherOf(pattern), settings: { keep: 'float' } });
  return (node) => {
    let found: NodeSettings = {};
    for (const { matches, settings } of rules) if (matches(node)) found = { ...found, ...withoutUndefined(settings) };
    return found;
  };
}

const withoutUndefined = (settings: NodeSettings): NodeSettings =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
