export { matcherOf, type NodePattern, nameOf } from './node_pattern';
export { type NodeSettings, type Override, type Selection, settingsOf } from './selection';
