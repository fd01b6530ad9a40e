export {
  type CalibrateModelOptions,
  calibrateModel,
  type ModelObservations,
  observeModel,
} from './calibrate_model';
export { channelMaxima } from './channel_maxima';
export { checkSketches } from './check_sketches';
export { type InputMoments, type MeasureInputsOptions, measureInputs } from './measure_inputs';
