export { type Dataset, loadDataset, sliceDataset, takeRows } from './dataset';
export { DIGIT_PURPOSES, type DigitPurpose, type Digits, drawDigits } from './draw_digits';
export { drawDataset } from './drawn_dataset';
export { loadModel, type Model } from './load_model';
export { MlpTrainer } from './mlp_trainer';
export { ACTIVATIONS, type DemoOptions, type DemoResult, runDemo } from './run_demo';
export { classify, countEqual } from './statistics';
