// Static quantization: Q/DQ around everything that computes on integers, with ranges that calibration has found.
import type { Sketch } from '../../calibrate';
import { makeError } from '../../errors';
import type { QuantizedModel } from '../decisions';
import { onnxError } from '../errors';
import type { Model, Node } from '../model';
import { compactConstants, sumResiduals } from '../rewrite';
import { concatInputs, spreadConcats } from './concat_spread';
import { decisionsOf } from './describe';
import { GraphEmitter } from './emit_graph';
import { joinBiases } from './join_bias';
import { activationsOf, isWhole, type Plan, planOf } from './plan';
import { pruneConstants } from './prune_constants';
import { opsetFor, type StaticOptions, type StaticSettings, settingsFrom } from './static_options';
import { tieIntegers } from './tie_integers';
import { toQOperator } from './to_qoperator';

/**
 * Names of the prepared model's tensors whose ranges quantizeStatic needs, in the order of the graph.
 * @throws ERR_RANGE, ERR_DTYPE for options that do not exist
 */
export function tensorsToCalibrate(prepared: Model, options: StaticOptions = {}): string[] {
  const { plan } = planFor(prepared, options, new Map());
  const [wanted, calibrated] = [new Set<string>(), new Set(activationsOf(prepared))];
  for (const { name } of plan.groups.values()) wanted.add(name);
  for (const name of concatInputs(plan)) if (calibrated.has(name)) wanted.add(name);
  return [...wanted];
}

interface Planned {
  readonly plan: Plan;
  readonly settings: StaticSettings;
}

/**
 * The plan for a prepared model. With integers outside everything is integer if all of it can be; else what does not gain
 * stays in float within. What products became has the settings of their nodes.
 */
function planFor(prepared: Model, options: StaticOptions, sketches: ReadonlyMap<string, Sketch>): Planned {
  const given = settingsFrom(options);
  const { model, origins, aliases } = joinBiases(prepared, given);
  const settings = { ...given, of: (node: Node) => given.of(origins.get(node) ?? node) };
  const planned = (everything: boolean): Planned => {
    const chosen = { ...settings, everything };
    const plan = planOf(model, chosen, aliases);
    const refused = spreadConcats(plan, sketches, given.ranges);
    if (refused.size === 0) return { plan, settings: chosen };
    const final = { ...chosen, refused };
    return { plan: planOf(model, final, aliases), settings: final };
  };
  if (settings.io === 'float') return planned(false);
  const whole = planned(true);
  return isWhole(whole.plan) ? whole : planned(false);
}

/**
 * A quantized copy of a prepared model, in the form that the target has integer kernels for, and what was decided for each
 * layer. Equal models, sketches and options give equal bytes.
 *
 * @param prepared a float32 model of at least the target's opset
 * @param sketches by tensor, at least those of tensorsToCalibrate with the same options
 * @throws ERR_NO_CALIBRATION_DATA naming a tensor without sketch and range; ERR_RANGE, ERR_DTYPE for options, ERR_RANGE for
 *   an opset below opsetFor(options); ERR_UNSUPPORTED for `qoperator` where only Q/DQ are known
 */
export function quantizeStatic(
  prepared: Model,
  sketches: ReadonlyMap<string, Sketch>,
  options: StaticOptions = {},
): QuantizedModel {
  const { plan, settings } = planFor(prepared, options, sketches);
  const opset = opsetFor(options);
  if (prepared.opset < opset)
    throw onnxError('ERR_RANGE', `the prepared model has opset ${prepared.opset}, expected at least ${opset}`, {
      hint: 'raise the model with raiseIfBelow before preparing it',
    });
  if (settings.format === 'qoperator' && settings.profile.engine !== 'onnxruntime')
    throw makeError(
      'ERR_UNSUPPORTED',
      `the format qoperator is for onnxruntime, the target is ${settings.profile.target}`,
    );
  const emitter = new GraphEmitter(plan, settings, sketches);
  const model = prepared.clone();
  model.graph = emitter.emit();
  const decisions = decisionsOf(plan, emitter.parameters, settings);
  pruneConstants(model.graph);
  if (settings.profile.engine === 'onnxruntime') {
    compactConstants(model.graph);
    tieIntegers(model.graph);
    sumResiduals(model.graph, model.opset);
  }
  if (settings.format === 'qoperator') toQOperator(model);
  return { model, decisions };
}
