// How a model was quantized, for its metadata: the same for the same input, whoever runs it, wherever and whenever.
import { methodName } from '../../calibrate/methods';
import type { Model } from '../model';
import type { CalibrationRow, FileRow, QuantizeMode } from '../report';
import { matcherText } from './pattern_text';
import type { QuantizeOptions } from './quantize_options';

/** The key in metadata_props. */
export const RECIPE_KEY = 'octavo.recipe';
/** What octavo calls itself in files. */
export const PRODUCER = 'octavo';

export type Recipe = Readonly<Record<string, unknown>>;

export interface RecipeParts {
  readonly mode: QuantizeMode;
  readonly target: string;
  readonly options: QuantizeOptions;
  readonly source: FileRow;
  readonly calibration: CalibrationRow | undefined;
  /** Names of layers that the budget left in float. */
  readonly excluded: readonly string[];
}

/** Options that shape the model; those that say where things are or how they are watched do not. */
const SHAPING = [
  'dataFree',
  'inputRange',
  'perChannel',
  'symmetric',
  'weightFormat',
  'weightMethod',
  'weightOperators',
  'float16Rest',
  'reduceRange',
  'attention',
  'block',
  'io',
  'format',
  'activations',
  'equalize',
  'biasCorrection',
  'smoothQuant',
  'learnedRounding',
  'normalize',
  'maxDrop',
  'minSqnr',
] as const satisfies readonly (keyof QuantizeOptions)[];

export function version(): string {
  return (require('octavo/package.json') as { version: string }).version;
}

/** Only options that were given; the defaults belong to the version. */
export function recipeOf({ mode, target, options, source, calibration, excluded }: RecipeParts): Recipe {
  const recipe: Record<string, unknown> = { octavo: version(), mode, target };
  if (mode === 'static') recipe.method = methodName(options.method ?? 'auto');
  for (const key of SHAPING) if (options[key] !== undefined) recipe[key] = options[key];
  const patterns = [...(options.exclude ?? [])].map(matcherText);
  if (patterns.length + excluded.length > 0) recipe.exclude = [...patterns, ...excluded];
  const overrides = [...(options.overrides ?? [])];
  if (overrides.length > 0) recipe.overrides = overrides.map((one) => ({ ...one, match: matcherText(one.match) }));
  recipe.model = source.sha256;
  if (calibration !== undefined) {
    const { samples, digest, random } = calibration;
    recipe.calibration = { samples, sketches: digest, ...(random ? { random } : {}) };
  }
  return recipe;
}

/** Puts the recipe into the model's metadata, and octavo's name as its producer. */
export function addRecipe(model: Model, recipe: Recipe): void {
  model.metadata.set(RECIPE_KEY, JSON.stringify(recipe));
  model.producer = { name: PRODUCER, version: version() };
}
