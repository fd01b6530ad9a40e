// Models in octavo's reference interpreter.
import { Interpreter } from '../evaluate';
import type { Model } from '../model';
import type { Engine } from './engine_executor';

export function openReference(model: Model): Engine {
  const interpreter = new Interpreter(model);
  return {
    kind: 'reference',
    compute: (feeds, signal) => interpreter.run(feeds, { signal }),
    bind: (feeds) => () => interpreter.run(feeds),
    release: async () => interpreter.dispose(),
  };
}
