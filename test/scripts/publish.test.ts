// The order in which packages are published, and what keeps them from it. An npm of the test's own writes down what it is asked.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { platformManifest, publishedManifest } from '../../scripts/prebuild/packages.mjs';
import { packageOf, TARGETS } from '../../scripts/prebuild/targets.mjs';

const SCRIPT = path.join(__dirname, '..', '..', 'scripts', 'publish.mjs');
const OCTAVO = { name: 'octavo', version: '1.2.3', license: 'Apache-2.0', engines: {} };

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);

function pack(tarball: string, manifest: object): void {
  mkdirSync(at('package'), { recursive: true });
  writeFileSync(at('package', 'package.json'), JSON.stringify(manifest));
  spawnSync('tar', ['-czf', at(tarball), '-C', folder, 'package']);
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'octavo-publish-'));
  mkdirSync(at('platforms'));
  mkdirSync(at('bin'));
  for (const target of TARGETS) pack(`platforms/${target.name}.tgz`, platformManifest(target, OCTAVO));
  pack('octavo.tgz', publishedManifest(OCTAVO));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Publishes with an npm that answers `npm view` by this line of shell; what it was told to publish. */
function publish(view: string, tag = 'v1.2.3') {
  const npm = `#!/bin/sh\nif [ "$1" = view ]; then ${view}; else echo "$@" >> ${at('log')}; fi\n`;
  writeFileSync(at('bin', 'npm'), npm);
  chmodSync(at('bin', 'npm'), 0o755);
  const env = { ...process.env, PATH: `${at('bin')}${path.delimiter}${process.env.PATH}` };
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, folder, tag, '--', '--dry-run'], {
    env,
    encoding: 'utf8',
  });
  const published = existsSync(at('log')) ? readFileSync(at('log'), 'utf8').trim().split('\n') : [];
  return { status, stderr, published };
}

const NOT_FOUND = 'echo "npm error code E404" >&2; exit 1';
const line = (tarball: string) => `publish ${at(tarball)} --access public --dry-run`;

describe.skipIf(process.platform === 'win32')('publishing', () => {
  it('begins with the binaries and ends with octavo', () => {
    const expected = [...TARGETS.map(({ name }) => line(`platforms/${name}.tgz`)), line('octavo.tgz')];
    expect(publish(NOT_FOUND)).toEqual({ status: 0, stderr: '', published: expected });
  });

  it('goes on where it was cut short', () => {
    const [first, ...rest] = TARGETS;
    const { status, published } = publish(`case $2 in ${packageOf(first!)}@1.2.3) echo 1.2.3;; *) ${NOT_FOUND};; esac`);
    expect({ status, published }).toEqual({
      status: 0,
      published: [...rest.map(({ name }) => line(`platforms/${name}.tgz`)), line('octavo.tgz')],
    });
  });

  it.each([
    ['without a registry', () => publish('echo ENOTFOUND >&2; exit 1'), /npm view .* ended with 1\nENOTFOUND/],
    ['of another version than the tag', () => publish(NOT_FOUND, 'v1.2.4'), /expected @octavo\/linux-x64 1\.2\.4/],
    ['of what is no version', () => publish(NOT_FOUND, 'main'), /usage: publish\.mjs/],
    [
      'without one of the binaries',
      () => {
        rmSync(at('platforms', 'darwin-arm64.tgz'));
        return publish(NOT_FOUND);
      },
      /darwin-arm64\.tgz is not there/,
    ],
  ])('%s ends before anything is published', (_, run, reason) => {
    const { status, stderr, published } = run();
    expect({ status, published }).toEqual({ status: 1, published: [] });
    expect(stderr).toMatch(reason);
  });
});

it('packages name the repository that builds them, for provenance', () => {
  const code = `import('${path.join(__dirname, '../../scripts/prebuild/packages.mjs')}').then(({ publishedManifest }) =>
    console.log(publishedManifest({ version: '1.0.0' }).repository?.url));`;
  const url = (env: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, ['-e', code], {
      env: { PATH: process.env.PATH, ...env },
      encoding: 'utf8',
    }).stdout.trim();
  expect(url({})).toBe('undefined');
  const server = { GITHUB_SERVER_URL: 'https://example.org', GITHUB_REPOSITORY: 'a/b' };
  expect(url(server)).toBe('git+https://example.org/a/b.git');
});
