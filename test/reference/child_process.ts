// Scripts in processes of their own: for what must not take the tests down with it, and for other environments.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const dist = path.join(__dirname, '..', '..', 'dist', 'lib', 'index.js');

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script, which loads octavo from dist/, with additions to this process's environment and no OCTAVO_ settings. */
export function runScript(script: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  if (!existsSync(dist)) throw new Error('dist/ is missing: run `npm run prepare` first');
  const environment = { ...process.env, OCTAVO_ISA: undefined, OCTAVO_THREADS: undefined, ...env };
  const child = spawn(process.execPath, [script, ...args], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    texts.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    texts.stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...texts }));
  });
}

/** As runScript; throws with what the script said unless it ended with code 0. */
export async function runScriptToEnd(
  script: string,
  args?: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<string> {
  const { code, signal, stdout, stderr } = await runScript(script, args, env);
  if (code !== 0)
    throw new Error(`${path.basename(script)} ended with ${signal ?? `code ${code}`}: ${stderr}${stdout}`);
  return stdout;
}
