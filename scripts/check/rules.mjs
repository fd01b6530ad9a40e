// Every rule of `npm run check` that reads the project's files.
import { dependencies } from './dependencies.mjs';
import { deviceKernels } from './device_kernels.mjs';
import { fileNames } from './file_names.mjs';
import { forbiddenCode } from './forbidden_code.mjs';
import { isaVariable } from './isa_variable.mjs';
import { kernelNames } from './kernel_names.mjs';
import { libLayers } from './lib_layers.mjs';
import { limits } from './limits.mjs';
import { nativeLayers } from './native_layers.mjs';
import { sources } from './sources.mjs';

/** @type {import('./rule.mjs').Rule[]} */
export const RULES = [
  nativeLayers,
  libLayers,
  dependencies,
  ...forbiddenCode,
  isaVariable,
  fileNames,
  kernelNames,
  deviceKernels,
  sources,
  ...limits,
];
