export { type CorrectBiasOptions, type CorrectedModel, correctBias } from './correct_bias';
export { correctBiasDataFree, type DataFreeOptions, dataFreeRanges } from './data_free';
export { type EqualizedModel, type EqualizeOptions, equalize } from './equalize';
export { type LearnedRounding, type LearnRoundingOptions, learnRounding } from './learn_rounding';
