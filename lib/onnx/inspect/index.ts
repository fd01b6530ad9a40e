export { type InspectOptions, inspectModel } from './inspect_model';
export type { Amount, Inspection, PortInfo, QuantizedState, Share, WeightInfo } from './inspection';
