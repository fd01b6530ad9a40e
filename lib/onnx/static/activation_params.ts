// Scales and zero points of activations, from sketches or from ranges that were given.
import { type Method, rangeOf, type Sketch } from '../../calibrate';
import { methodName } from '../../calibrate/methods';
import { chooseParams, type QParams } from '../../quantize';
import type { TensorParams } from '../decisions';
import { onnxError } from '../errors';
import type { GraphIndex, Node } from '../model';
import { type Bounds, withinClip } from './clip_fold';
import type { IntegerRegions } from './integer_regions';
import { type ActivationType, isSixteen, type StaticSettings } from './static_options';
import type { Unit } from './unit';
import { clipBounds } from './units_of';

/** A group of tensors of one scale: the one whose range covers all comes first. */
export interface Group {
  /** The first member that calibration sees. */
  readonly name: string;
  readonly members: readonly string[];
  /** The integer unit that writes the first member, if one does. */
  readonly writer: Unit | undefined;
  /** The node that writes it. */
  readonly producer: Node | undefined;
  /** Nodes that read or write integers of the group. */
  readonly nodes: readonly Node[];
}

interface Scheme {
  readonly type: ActivationType;
  readonly symmetric: boolean;
  readonly granularity: 'tensor';
}

interface Found {
  readonly min: number;
  readonly max: number;
  readonly method: string;
}

export type ActivationParams = QParams<ActivationType> & { readonly range: Found };

/** 16 bits if any node around the group wants them; asymmetric behind a folded Relu, whose zero is the lowest integer. */
function schemeOf(group: Group, { activations, of, profile }: StaticSettings, isBoundary: boolean): Scheme {
  const wishes = group.nodes.map((node) => of(node));
  const types = wishes.flatMap(({ activations: type }) => type ?? []);
  const wanted = types.find(isSixteen) ?? types[0] ?? activations.type;
  const type = isBoundary && isSixteen(wanted) ? profile.activations.type : wanted;
  const symmetric = wishes.find((wish) => wish.symmetric !== undefined)?.symmetric ?? activations.symmetric;
  return { type, symmetric: symmetric && group.writer?.fold === undefined, granularity: 'tensor' };
}

/** What Softmax and Sigmoid write lies in [0, 1], whatever the data were; their integer kernels write steps of 1/256. */
function pinnedRange({ producer, writer }: Group, scheme: Scheme): Found | undefined {
  if (producer === undefined || !(producer.is('Softmax') || producer.is('Sigmoid'))) return undefined;
  const top = writer === undefined || scheme.symmetric || isSixteen(scheme.type) ? 1 : 255 / 256;
  return { min: 0, max: top, method: 'pinned' };
}

/** The range that a method finds; undefined without data. */
function calibratedRange(group: Group, inputs: Inputs, scheme: Scheme): Found | undefined {
  const { settings, sketches } = inputs;
  const name = [...group.members, group.name].find((member) => sketches.has(member));
  const channel = name === undefined ? undefined : sketches.get(name)!.channels[0];
  if (channel === undefined) return undefined;
  const method: Method = group.nodes.map((node) => settings.of(node).method).find(Boolean) ?? settings.method;
  const chosen = rangeOf(channel, method, scheme);
  return { min: chosen.min, max: chosen.max, method: methodName(chosen.method) };
}

function givenRange(group: Group, { ranges }: StaticSettings): Found | undefined {
  const range = [...group.members, group.name].map((member) => ranges.get(member)).find((found) => found !== undefined);
  return range === undefined ? undefined : { min: range.min, max: range.max, method: 'given' };
}

/** Cuts a range to what a folded Clip lets through, so that integers saturate where it does. */
const withinBounds = (found: Found, bounds: Bounds): Found => ({
  ...found,
  min: Math.max(Math.min(found.min, 0), bounds.min),
  max: Math.min(Math.max(found.max, 0), bounds.max),
});

interface Inputs {
  readonly index: GraphIndex;
  readonly regions: IntegerRegions;
  readonly sketches: ReadonlyMap<string, Sketch>;
  readonly settings: StaticSettings;
}

/** Throws ERR_NO_CALIBRATION_DATA for a tensor that no data were seen for, and that has no range. */
export function activationParams(group: Group, inputs: Inputs): ActivationParams {
  const { index, regions, settings } = inputs;
  const isBoundary = group.members.some((name) => regions.isBoundary(name));
  const scheme = schemeOf(group, settings, isBoundary);
  const found = pinnedRange(group, scheme) ?? calibratedRange(group, inputs, scheme) ?? givenRange(group, settings);
  if (found === undefined) throw noData(group);
  const bounds = group.writer?.fold === undefined ? undefined : clipBounds(index, group.writer.fold);
  if (bounds === undefined) return { ...chooseParams(found, scheme), range: found };
  const range = withinBounds(found, bounds);
  return { ...withinClip(chooseParams(range, scheme), bounds), range };
}

function noData({ name: tensor, nodes }: Group): Error {
  const node = nodes[0]?.label;
  return onnxError('ERR_NO_CALIBRATION_DATA', `tensor '${tensor}' was not calibrated`, {
    tensor,
    ...(node === undefined ? {} : { node }),
    hint: 'calibrate the tensors that tensorsToCalibrate names with at least one sample, or give ranges',
  });
}

/** As decisions tell it. */
export function describeActivation({ type, scale, zeroPoint, range }: ActivationParams): TensorParams {
  return { type, scale, zeroPoint, range };
}
