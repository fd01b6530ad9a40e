export { type Dataset, loadDataset, sliceDataset, takeRows } from './dataset';
export { DIGIT_PURPOSES, type DigitPurpose, type Digits, drawDigits } from './draw_digits';
export { drawDataset } from './drawn_dataset';
export { ACTIVATIONS, type LayersDemoOptions, type LayersDemoResult, runLayersDemo } from './layers_demo';
export { loadModel, type Model } from './load_model';
export { MlpTrainer } from './mlp_trainer';
export { type ModelDemoOptions, type ModelDemoResult, runModelDemo } from './model_demo';
export { classify, countEqual } from './statistics';
