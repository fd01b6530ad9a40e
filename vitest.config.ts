import { configDefaults, defineConfig } from 'vitest/config';

// These need the packed tarball, which `npm test -- --only package` makes.
const PACKAGE_TESTS = ['test/package/**', 'test/docs/**'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(process.env.OCTAVO_TARBALL === undefined ? PACKAGE_TESTS : [])],
    // A process for every file: a crash in native code fails that file and leaves the others running.
    pool: 'forks',
    isolate: true,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
  },
});
