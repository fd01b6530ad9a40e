// Operators that change the resolution of pictures.
import { type Dim, floatsOf, intOf, intsOf, stringOf } from '../model';
import { axisOf, mapDim, multiplyDims } from './dims';
import type { Rule } from './node_view';

const depthToSpace: Rule = (view) => {
  const dims = view.dims(0);
  const block = intOf(view.node, 'blocksize', 1);
  if (dims?.length !== 4) return [{ elementType: view.elementType(0) }];
  const [n, c, h, w] = dims as [Dim, Dim, Dim, Dim];
  const channels = mapDim(c, (value) => value / block ** 2);
  return [
    { elementType: view.elementType(0), dims: [n, channels, multiplyDims([h, block]), multiplyDims([w, block])] },
  ];
};

const spaceToDepth: Rule = (view) => {
  const dims = view.dims(0);
  const block = intOf(view.node, 'blocksize', 1);
  if (dims?.length !== 4) return [{ elementType: view.elementType(0) }];
  const [n, c, h, w] = dims as [Dim, Dim, Dim, Dim];
  const shrink = (dim: Dim): Dim => mapDim(dim, (value) => value / block);
  return [{ elementType: view.elementType(0), dims: [n, multiplyDims([c, block ** 2]), shrink(h), shrink(w)] }];
};

/** Only where sizes or constant scales say it all: ratios that keep an aspect, and regions of interest, stay unknown. */
const resize: Rule = (view) => {
  const elementType = view.elementType(0);
  const dims = view.dims(0);
  const unknown = [{ elementType, dims: dims?.map(() => null) }];
  const policy = stringOf(view.node, 'keep_aspect_ratio_policy', 'stretch');
  const mode = stringOf(view.node, 'coordinate_transformation_mode', 'half_pixel');
  if (dims === undefined || policy !== 'stretch' || mode === 'tf_crop_and_resize') return unknown;
  const axes = intsOf(view.node, 'axes', undefined) ?? dims.map((_, i) => i);
  const sizes = view.items(3);
  const input = view.opset < 11 ? 1 : 2;
  const tensor = view.constant(input);
  const scales = floatsOf(view.node, 'scales', undefined) ?? (tensor?.type === 'float32' ? tensor.floats() : undefined);
  const result: Dim[] = [...dims];
  for (const [i, axis] of axes.entries()) {
    const at = axisOf(axis, dims.length);
    if (at === undefined) return unknown;
    const scale = scales?.[i];
    if (sizes !== undefined) result[at] = sizes[i] ?? null;
    else if (scale === undefined) return unknown;
    else if (scale !== 1) result[at] = mapDim(dims[at] as Dim, (length) => Math.floor(length * scale));
  }
  return [{ elementType, dims: result }];
};

export const RESIZE_RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['DepthToSpace', depthToSpace],
  ['SpaceToDepth', spaceToDepth],
  ['Resize', resize],
  ['Upsample', resize],
]);
