export { ChannelMaxima } from './channel_maxima';
export {
  divideInputs,
  type InputDivision,
  type SmoothedModel,
  type SmoothQuantOptions,
  smoothQuant,
  tensorsToSmooth,
} from './smooth_quant';
export type { SmoothingGroup } from './smoothing_groups';
