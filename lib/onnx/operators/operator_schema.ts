// What the standard says of its operators: since when, how many inputs and outputs, which attributes.
import type { Attribute } from '../model';
import { LAST_OPSET, OPERATORS } from './table';

export type AttributeKind = Exclude<Attribute['kind'], 'other'> | 'unread';

export interface AttributeSchema {
  /** 'unread' are kinds that octavo passes on without looking into them. */
  readonly kind: AttributeKind;
  readonly required: boolean;
}

export interface OperatorSchema {
  readonly opType: string;
  /** The version of the operator set since which it is so. */
  readonly since: number;
  readonly deprecated: boolean;
  /** Least and most; Infinity where there is no most. */
  readonly inputs: readonly [number, number];
  readonly outputs: readonly [number, number];
  readonly attributes: ReadonlyMap<string, AttributeSchema>;
}

const KINDS: Readonly<Record<string, AttributeKind>> = {
  ...{ f: 'float', i: 'int', s: 'string', t: 'tensor', g: 'graph' },
  ...{ F: 'floats', I: 'ints', S: 'strings', G: 'graphs' },
};

function rangeOf(text: string): [number, number] {
  const [least, most] = text.split('..') as [string, string];
  return [Number(least), most === '*' ? Number.POSITIVE_INFINITY : Number(most)];
}

function attributeOf(text: string): [string, AttributeSchema] {
  const [name, kind] = text.split(':') as [string, string];
  return [name, { kind: KINDS[kind[0]!] ?? 'unread', required: kind.endsWith('!') }];
}

function schemaOfLine(line: string): OperatorSchema {
  const [opType, since, inputs, outputs, ...attributes] = line.split(' ') as [
    string,
    string,
    string,
    string,
    ...string[],
  ];
  return {
    ...{ opType, since: Number.parseInt(since, 10), deprecated: since.endsWith('-') },
    ...{ inputs: rangeOf(inputs), outputs: rangeOf(outputs), attributes: new Map(attributes.map(attributeOf)) },
  };
}

let table: Map<string, OperatorSchema[]> | undefined;

/** Oldest first; undefined for operators that the standard does not have. */
function historyOf(opType: string): readonly OperatorSchema[] | undefined {
  if (table === undefined) {
    table = new Map();
    for (const line of OPERATORS.trim().split('\n')) {
      const schema = schemaOfLine(line);
      const history = table.get(schema.opType);
      if (history === undefined) table.set(schema.opType, [schema]);
      else history.push(schema);
    }
  }
  return table.get(opType);
}

/** The newest operator set that is known here. */
export const NEWEST_OPSET: number = LAST_OPSET;

/** An operator as it is in a version of the standard's set; undefined if it is not in it. */
export function operatorSchema(opType: string, opset: number): OperatorSchema | undefined {
  return historyOf(opType)?.findLast(({ since }) => since <= opset);
}
