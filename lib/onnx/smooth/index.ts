export { ChannelMaxima } from './channel_maxima';
export { type SmoothedModel, type SmoothQuantOptions, smoothQuant, tensorsToSmooth } from './smooth_quant';
