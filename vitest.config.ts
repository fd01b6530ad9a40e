import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

// These need the packed packages, which `npm test -- --only package` makes.
const PACKAGE_TESTS = ['test/package/**', 'test/docs/**'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(process.env.OCTAVO_PACKAGES === undefined ? PACKAGE_TESTS : [])],
    // A process for every file: a crash in native code fails that file and leaves the others running.
    pool: 'forks',
    // vitest's own default leaves one of two CPUs alone
    maxWorkers: Math.max(2, availableParallelism() - 1),
    isolate: true,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
  },
});
