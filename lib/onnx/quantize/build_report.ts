// Everything that is known of a quantization, put together.
import type { Model, ValueInfo } from '../model';
import type { CalibrationRow, QuantizeReport, SpeedRow } from '../report';
import type { ModelDigest } from '../write';
import type { Job, Made } from './job';
import { layerRows } from './layer_rows';
import type { Recipe } from './recipe';
import { tensorRows } from './tensor_rows';
import { findingRows, type Verification } from './verify';

export interface ReportParts {
  readonly job: Job;
  readonly made: Made;
  readonly recipe: Recipe;
  readonly calibration: CalibrationRow | undefined;
  readonly verification: Verification;
  readonly errors: ReadonlyMap<string, number | null>;
  readonly speed: SpeedRow | undefined;
  readonly digest: ModelDigest;
}

const SUFFIXES = { static: 'int8', dynamic: 'int8', 'weight-only': 'weights', float16: 'fp16' } as const;

function outputFile({ job, digest }: ReportParts, { opset }: Model): QuantizeReport['output'] {
  const { mode, input, options } = job;
  const suffix = mode === 'weight-only' ? (options.weightFormat ?? 'int8') : SUFFIXES[mode];
  const name = `${input.file.name.replace(/\.onnx$/, '')}.${suffix}.onnx`;
  return { name, ...digest, opset };
}

function budgetRow({ job, made }: ReportParts): QuantizeReport['budget'] {
  const { maxDrop, minSqnr } = job.options;
  if (maxDrop === undefined && minSqnr === undefined) return undefined;
  const { judgement, excluded } = made;
  return { maxDrop: maxDrop ?? null, minSqnr: minSqnr ?? null, held: judgement.held, excluded };
}

/** What was left undone that a reader may look for. */
function notesOf({ job, made, verification, speed }: ReportParts): string[] {
  const { options, data } = job;
  const notes = [...verification.notes];
  if (data === undefined && options.evaluate === undefined)
    notes.push('accuracy: pass samples (--calib) or an evaluation (--eval) to measure what is lost');
  if (made.judgement.held === false && job.mode === 'static' && !(options.learnedRounding && options.biasCorrection))
    notes.push(
      'accuracy: --learned-rounding and --bias-correction, which gain some dB for the same integers, were not both tried',
    );
  if (speed === undefined && options.measure === false) notes.push('speed: not asked for');
  return notes;
}

/** What the integers stand for that go in and out. */
function boundaryNotes(float: Model, { model, decisions }: Made['quantized']): string[] {
  const typeOf = ({ type }: ValueInfo) => (type?.kind === 'tensor' ? type.elementType : undefined);
  const before = new Map([...float.graph.inputs, ...float.graph.outputs].map((info) => [info.name, typeOf(info)]));
  return [...model.graph.inputs, ...model.graph.outputs].flatMap((info) => {
    const params = decisions.map(({ tensors }) => tensors[info.name]).find((found) => found !== undefined);
    if (params === undefined || typeOf(info) === before.get(info.name)) return [];
    return [`'${info.name}' is ${params.type}: real = ${params.scale[0]} * (q - ${params.zeroPoint[0]})`];
  });
}

export function buildReport(parts: ReportParts): QuantizeReport {
  const { job, made, recipe, calibration, verification, errors, speed } = parts;
  const { decisions, model } = made.quantized;
  const { prepared } = made.maker;
  const names = new Map(
    prepared.graph.nodes.flatMap((node) => [node.name, ...node.outputs].map((name) => [name, node.outputs] as const)),
  );
  return {
    format: 'octavo.quantizeReport',
    version: 1,
    mode: job.mode,
    target: job.target,
    source: { ...job.input.file, opset: job.input.model.opset },
    output: outputFile(parts, model),
    layers: layerRows({ decisions, check: verification.check, sqnr: errors, excluded: made.excluded }, (node) =>
      names.get(node),
    ),
    tensors: tensorRows(decisions, made.maker.sketches),
    findings: findingRows(verification),
    outputSqnr: made.judgement.outputSqnr,
    evaluation: made.judgement.evaluation,
    speed,
    sensitivity: made.sensitivity,
    budget: budgetRow(parts),
    calibration,
    parity: verification.parity,
    prediction: verification.prediction,
    changes: [
      ...new Set([...job.prepared.changes, ...made.maker.changes, ...boundaryNotes(job.float, made.quantized)]),
    ],
    notes: notesOf(parts),
    recipe,
    environment: job.environment.facts,
  };
}
