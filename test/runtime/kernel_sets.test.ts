// Every kernel set that this machine can run gives the same bytes, and a process says which one it uses.
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runtime } from '../../lib';
import { runScript, runScriptToEnd } from '../reference/child_process';

const script = path.join(__dirname, 'print_workload.mjs');

interface Report {
  readonly isa: string;
  readonly available: string[];
  readonly threads: number;
  readonly hashes: Record<string, string>;
}

async function report(mode: 'sync' | 'async' | 'none', env: NodeJS.ProcessEnv): Promise<Report> {
  return JSON.parse(await runScriptToEnd(script, [mode], env)) as Report;
}

describe('kernel sets', () => {
  let definition: Report;
  beforeAll(async () => {
    definition = await report('sync', { OCTAVO_ISA: 'scalar', OCTAVO_THREADS: '1' });
  });

  it('end with the scalar one, the definition', () => {
    expect(definition.isa).toBe('scalar');
    expect(definition.available).toEqual(runtime.available);
    expect(definition.available.at(-1)).toBe('scalar');
    expect(Object.keys(definition.hashes).length).toBeGreaterThan(100);
    expect(new Set(Object.values(definition.hashes)).size).toBeGreaterThan(100);
  });

  it.concurrent.each(
    runtime.available.flatMap(
      (isa) =>
        [
          [isa, 'sync', '1'],
          [isa, 'async', '4'],
        ] as const,
    ),
  )('%s, %s calls on %s threads, give the same bytes', async (isa, mode, threads) => {
    const found = await report(mode, { OCTAVO_ISA: isa, OCTAVO_THREADS: threads });
    expect([found.isa, found.threads]).toEqual([isa, Number(threads)]);
    expect(found.hashes).toEqual(definition.hashes);
  });

  it.each([{}, { OCTAVO_ISA: '' }])('the best one is the default, %j', async (env) => {
    expect((await report('none', env)).isa).toBe(runtime.available[0]);
  });
});

describe('OCTAVO_ISA', () => {
  const KNOWN = ['amx', 'avx512vnni', 'avxvnni', 'avx2', 'neoni8mm', 'neondot', 'neon', 'scalar'];
  it.each([
    ['avx3', 'is not a kernel set'],
    ['AVX2', 'is not a kernel set'],
    [' ', 'is not a kernel set'],
    ['scalar,avx2', 'is not a kernel set'],
    ...KNOWN.filter((name) => !runtime.available.includes(name)).map((name) => [name, 'is not supported by this CPU']),
  ])('=%s is an error that lists the valid names', async (name, problem) => {
    const { code, stdout, stderr } = await runScript(script, ['none'], { OCTAVO_ISA: name });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`OCTAVO_ISA=${name} ${problem}; valid here: ${runtime.available.join(', ')}`);
    expect(stderr).toContain("code: 'ERR_UNSUPPORTED'");
  });
});
