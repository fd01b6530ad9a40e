export { type AwqOptions, awq, bestScale, type ScaleChoice } from './awq';
