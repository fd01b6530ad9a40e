// A folder for a test's files, and the models of ../shared.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A new folder, which goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'octavo-onnx-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const SHARED = path.join(__dirname, '..', '..', '..', 'shared', 'data');

/** A file of ../shared/data; undefined where it is absent. */
export function sharedFile(...parts: string[]): string | undefined {
  const file = path.join(SHARED, ...parts);
  return existsSync(file) ? file : undefined;
}
