// Programs from npm: where they are looked for, and what is said when they cannot be had.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { installRuntime, RUNTIMES, runtimePath } from '../../scripts/test/runtimes.mjs';

afterEach(() => {
  vi.unstubAllEnvs();
  delete RUNTIMES.unheard;
});

describe('a runtime', () => {
  it.each(Object.entries(RUNTIMES))('%s has one version, which its folder tells', (name, { packages }) => {
    for (const spec of packages) expect(spec).toMatch(/^(@[\w-]+\/)?[\w-]+@\d+\.\d+\.\d+$/);
    const version = packages[0]?.split('@').at(-1);
    expect(runtimePath(name)).toContain(path.join('build', 'runtimes', `${name}-${version}`, 'node_modules'));
  });

  it('is one of the table', () => {
    expect(() => installRuntime('toString')).toThrow(/no runtime toString, one of: node20-linux-arm64/);
  });

  it.runIf(process.platform === 'linux' && process.arch === 'x64')('that cannot be had leaves nothing behind', () => {
    vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9/');
    vi.stubEnv('npm_config_fetch_retries', '0');
    RUNTIMES.unheard = { packages: ['octavo-no-such-runtime@1.2.3'], program: 'octavo-no-such-runtime/program' };
    const { path: found, missing } = installRuntime('unheard');
    expect(found).toBeUndefined();
    expect(missing).toMatch(/^npm install octavo-no-such-runtime@1\.2\.3: \S/);
    const folder = path.resolve('build', 'runtimes');
    expect(existsSync(folder) ? readdirSync(folder).filter((name) => name.includes('unheard')) : []).toEqual([]);
  });
});
