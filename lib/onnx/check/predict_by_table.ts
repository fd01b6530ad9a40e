// Predicts what TensorRT and OpenVINO make of a model, from tables of what their documents and sources say. Neither is run.
import type { Model, Node } from './../model';
import type { Refusal } from './check_result';
import { isIntegerOperator } from './ort/integer_operators';
import { COPIES } from './ort/other_kernels';
import { isDq, isQ, quantizationOf, scalarsOf } from './ort/quantization';
import { WorkingGraph } from './ort/working_graph';
import type { Prediction } from './prediction';

export interface EngineTable {
  /** Operators with weights that compute on integers where all inputs but a bias come from DQ nodes. */
  readonly weighted: ReadonlySet<string>;
  /** Operators that compute on integers between DQ and Q nodes. */
  readonly between: ReadonlySet<string>;
  /** Operators through which integers pass; beside those that only move data. */
  readonly passing: ReadonlySet<string>;
  /** Zero points must be 0, and integers int8. */
  readonly symmetricOnly: boolean;
  /** QLinearConv and the like are taken apart and run on integers; else they are rejected. */
  readonly takesIntegerOperators: boolean;
}

export const TENSORRT_TABLE: EngineTable = {
  weighted: new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']),
  between: new Set(['Add', 'Mul', 'AveragePool', 'GlobalAveragePool', 'Relu', 'Concat', 'ReduceMean', 'Resize']),
  passing: new Set(['MaxPool', 'DepthToSpace']),
  symmetricOnly: true,
  takesIntegerOperators: false,
};

export const OPENVINO_TABLE: EngineTable = {
  weighted: new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']),
  between: new Set(['Add', 'Mul', 'AveragePool', 'GlobalAveragePool']),
  passing: new Set(['MaxPool', 'Concat', 'Split', 'Relu', 'DepthToSpace', 'Pad']),
  symmetricOnly: false,
  takesIntegerOperators: true,
};

class TablePredictor {
  readonly #graph: WorkingGraph;
  readonly #table: EngineTable;
  readonly #fates = new Map<Node, Prediction>();

  constructor(model: Model, table: EngineTable) {
    this.#graph = new WorkingGraph(model);
    this.#table = table;
  }

  run(): Prediction[] {
    const nodes = this.#graph.nodes();
    for (const node of nodes) if (!isQ(node) && !isDq(node)) this.#fates.set(node, this.#predict(node));
    for (const node of nodes) if (isQ(node) || isDq(node)) this.#fates.set(node, this.#conversion(node));
    return nodes.map((node) => ({ ...(this.#fates.get(node) as Prediction), node: this.#graph.origin(node) as Node }));
  }

  /** The DQ that an input comes from, through operators that only move data. */
  #source(name: string | undefined): Node | undefined {
    let producer = this.#graph.producer(name);
    const seen = new Set<Node>();
    while (producer !== undefined && !isDq(producer) && COPIES.has(producer.opType) && !seen.has(producer)) {
      seen.add(producer);
      producer = this.#graph.producer(producer.inputs[0]);
    }
    return producer;
  }

  #isFit(dq: Node): boolean {
    const quantization = quantizationOf(this.#graph, dq);
    if (!this.#table.symmetricOnly) return true;
    return quantization.type !== 'uint8' && (scalarsOf(quantization)?.zeroPoint ?? 0) === 0;
  }

  #bareInput(node: Node, inputs: readonly string[]): Refusal | undefined {
    for (const name of inputs) {
      const dq = this.#source(name);
      const reason = `its input '${name}' does not come from a DQ`;
      if (!isDq(dq)) return { rule: 'Q012', reason };
      if (!this.#isFit(dq))
        return { rule: 'Q006', reason: `its input '${name}' is uint8, or has a zero point other than 0` };
    }
    return node.inputs.length === 0 ? { rule: 'Q012', reason: 'it has no inputs' } : undefined;
  }

  #predict(node: Node): Prediction {
    const { weighted, between, passing, takesIntegerOperators } = this.#table;
    if (isIntegerOperator(node.opType))
      return takesIntegerOperators
        ? { node, outcome: 'int8', kernel: node.opType }
        : { node, outcome: 'float', refusal: { rule: 'Q007', reason: 'the runtime does not support it' } };
    if (node.domain !== '') return { node, outcome: 'float' };
    if (weighted.has(node.opType)) return this.#computing(node, node.inputs.slice(0, 2));
    const touches = node.inputs.some((name) => isDq(this.#source(name)));
    if (!touches) return { node, outcome: 'float' };
    if (COPIES.has(node.opType) || passing.has(node.opType)) return { node, outcome: 'copy', kernel: node.opType };
    if (!between.has(node.opType))
      return { node, outcome: 'float', refusal: { rule: 'Q020', reason: 'the runtime has no integer kernel for it' } };
    if (!isQ(this.#graph.onlyReader(node.outputs[0])))
      return {
        node,
        outcome: 'float',
        refusal: { rule: 'Q013', reason: `no Q stands behind its output '${node.outputs[0]}'` },
      };
    return this.#computing(
      node,
      node.inputs.filter((name) => name !== ''),
    );
  }

  #computing(node: Node, inputs: readonly string[]): Prediction {
    const refusal = this.#bareInput(node, inputs);
    return refusal === undefined ? { node, outcome: 'int8', kernel: node.opType } : { node, outcome: 'float', refusal };
  }

  #runsOnIntegers(node: Node | undefined): boolean {
    const outcome = node === undefined ? undefined : this.#fates.get(node)?.outcome;
    return outcome === 'int8' || outcome === 'copy';
  }

  /** A Q or DQ goes into the integer kernel beside it. */
  #conversion(node: Node): Prediction {
    const { inputs, outputs } = node;
    const beside = isDq(node) ? this.#graph.uses(outputs[0]).map((use) => use.node) : [this.#graph.producer(inputs[0])];
    const into = beside.find((one) => this.#runsOnIntegers(one));
    if (into === undefined) return { node, outcome: 'convert' };
    return { node, outcome: 'folded', into: this.#graph.origin(into) };
  }
}

export const predictByTable = (model: Model, table: EngineTable): Prediction[] =>
  new TablePredictor(model, table).run();
