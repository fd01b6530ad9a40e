// Finding tools, and what their absence means: a skip, or a failure where CI=true.
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** True where every tool must be there. */
export const toolsRequired = process.env.CI === 'true' || process.env.CI === '1';

/**
 * True if `tool` is a program on the PATH, or, given as an absolute path, a file.
 * @param {string} tool
 */
export function hasTool(tool) {
  const candidates = path.isAbsolute(tool)
    ? [tool]
    : (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, tool));
  return candidates.some((file) => {
    try {
      accessSync(file, path.isAbsolute(tool) ? constants.R_OK : constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * The first tool that is missing; undefined if all are there.
 * @param {readonly string[]} tools
 */
export function missingTool(tools) {
  return tools.find((tool) => !hasTool(tool));
}
