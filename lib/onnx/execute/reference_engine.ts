// Models in octavo's reference interpreter.
import { evaluate } from '../evaluate';
import type { Model } from '../model';
import type { Engine } from './engine_executor';

export function openReference(model: Model): Engine {
  return {
    kind: 'reference',
    compute: (feeds, signal) => evaluate(model, feeds, { signal }),
    release: async () => undefined,
  };
}
