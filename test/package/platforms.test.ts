// The packages with binaries, as npm installs them or leaves them out, and what octavo says then.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { hostTarget, packageOf, TARGETS } from '../../scripts/prebuild/targets.mjs';
import { type Consumer, installConsumer, platformTarball } from './consumer';

const host = hostTarget()!;
const own = packageOf(host);
/** Another system's, of which there is a package. */
const other = TARGETS.find(({ name, platform }) => platform !== host.platform && existsSync(platformTarball(name)));

const LOAD = "try { require('octavo'); console.log('ok'); } catch (error) { console.log(error.code, error.message); }";

describe('an install', () => {
  let consumer: Consumer;
  beforeAll(() => {
    consumer = installConsumer();
  }, 320_000);
  afterAll(() => consumer?.remove());

  const scope = () => path.join(consumer.folder, 'node_modules', '@octavo');
  const folder = () => path.join(consumer.folder, 'node_modules', own);
  const load = () => consumer.run('node', ['-e', LOAD]).stdout;
  const npmInstall = (...options: string[]) => {
    const { status, stderr } = consumer.run('npm', [
      'install',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      ...options,
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  };

  it('has the binary of its own system alone', () => {
    expect(readdirSync(scope())).toEqual([host.name]);
    expect(load()).toBe('ok\n');
  });

  it('without optional dependencies names the package, and gets it by the command that the message has', () => {
    npmInstall('--omit=optional');
    const said = load();
    expect(said).toMatch(`${own}, the package with the binary for this system, is not installed`);
    const command = /`npm (install --no-save \S+)`/.exec(said)?.[1] ?? '';
    npmInstall(...command.split(' ').slice(1));
    expect(load()).toBe('ok\n');
  });

  it.runIf(other !== undefined)('for another system names what is there, and is repaired by another one here', () => {
    npmInstall(`--os=${other!.platform}`, `--cpu=${other!.arch}`);
    expect(load()).toMatch(`installed there is ${packageOf(other!)}, for another system`);
    npmInstall();
    expect(load()).toBe('ok\n');
  });

  it('with a damaged binary says so, and is repaired as the message says', () => {
    const file = path.join(folder(), 'octavo.node');
    const content = readFileSync(file);
    content[content.length >> 1]! ^= 1;
    writeFileSync(file, content);
    expect(load()).toMatch(`${file} is damaged, or of another version: its SHA-256`);
    rmSync(folder(), { recursive: true });
    npmInstall();
    expect(load()).toBe('ok\n');
  });

  it('whose binary npm has put into octavo itself finds it there', () => {
    const inside = path.join(consumer.folder, 'node_modules', 'octavo', 'node_modules', '@octavo');
    mkdirSync(path.dirname(inside));
    renameSync(scope(), inside);
    expect(load()).toBe('ok\n');
    renameSync(inside, scope());
  });

  it('with a binary of another version names both', () => {
    const file = path.join(folder(), 'package.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(version, '9.8.7'));
    expect(load()).toMatch(`${own} in ${folder()} is version 9.8.7, and this is octavo ${version}`);
  });
});
