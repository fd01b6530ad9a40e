// Results that took time to gather are not replaced by accident.
import fs from 'node:fs';
import { fileError } from '../files/file_access';
import { checkTarget } from './output_file';

/** As checkTarget; refuses with ERR_FILE a file that exists, unless `force` is set. */
export function checkNewTarget(target: string, force: boolean | undefined): void {
  checkTarget(target);
  if (target === '-' || force || !fs.existsSync(target) || !fs.statSync(target).isFile()) return;
  throw fileError(target, 'exists already; --force replaces it');
}
