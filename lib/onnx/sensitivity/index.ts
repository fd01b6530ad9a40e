export {
  type ExcludeOptions,
  type Exclusion,
  type ExclusionProgress,
  excludeUntil,
  type Trial,
  type Verdict,
} from './exclude_until';
export { OutputError } from './output_error';
export {
  type LayerSensitivity,
  type QuantizeWithout,
  type RankingProgress,
  type RankOptions,
  rankLayers,
  type ScoreModel,
} from './rank_layers';
