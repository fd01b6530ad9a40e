// What octavo/cuda says of a machine, with and without a driver. In processes of their own, as each opens its driver once.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runScriptToEnd } from '../reference/child_process';
import { emulatedEnvironment, itOnGpu } from './emulated_gpu';

interface Report {
  readonly available: boolean;
  readonly reason?: string;
  readonly devices: readonly object[];
  /** Whether the driver's library was there before and after the first question. */
  readonly opened: readonly boolean[];
  readonly open: readonly { readonly info?: object; readonly code?: string; readonly message?: string }[];
}

async function report(environment: NodeJS.ProcessEnv, ...args: string[]): Promise<Report> {
  return JSON.parse(await runScriptToEnd(path.join(__dirname, 'print_gpus.mjs'), args, environment)) as Report;
}

const onGpu = (settings: NodeJS.ProcessEnv, ...args: string[]) =>
  report({ ...emulatedEnvironment, ...settings }, ...args);

/** It cannot be used, for one reason wherever it is asked for. */
function expectUnavailable({ available, reason, devices, open }: Report, why: RegExp): void {
  expect(available).toBe(false);
  expect(reason).toMatch(why);
  expect(devices).toEqual([]);
  expect(open).toEqual([{ code: 'ERR_UNSUPPORTED', message: reason }]);
}

describe('without a driver', () => {
  it('says what is missing and what to do', async () => {
    const found = await report({ OCTAVO_CUDA_DRIVER: '/nowhere/libcuda.so' });
    expectUnavailable(
      found,
      /^no NVIDIA driver: .*\/nowhere\/libcuda\.so.*; (a machine .* needs its driver|there is none)/s,
    );
  });

  it('takes a library that is no driver for none', async () => {
    const found = await report({ OCTAVO_CUDA_DRIVER: process.platform === 'win32' ? 'kernel32.dll' : 'libm.so.6' });
    expectUnavailable(found, /^(no NVIDIA driver|the NVIDIA driver is too old: it has no cu\w+)/);
  });
});

itOnGpu.concurrent('opens it when it is asked for, not before', async () => {
  const { opened } = await onGpu({});
  expect(opened).toEqual(process.platform === 'linux' ? [false, true] : [false, false]);
});

itOnGpu.concurrent('lists the GPUs and opens the one that is asked for', async () => {
  const { available, reason, devices, open } = await onGpu({ OCTAVO_EMULATED_GPUS: '2' }, '1');
  expect([available, reason]).toEqual([true, undefined]);
  const gpu = {
    name: 'Emulated GPU',
    computeCapability: '9.0',
    multiprocessors: 4,
    memoryBytes: 2 ** 30,
  };
  expect(devices).toEqual([
    { ...gpu, index: 0, uuid: 'GPU-00000000-0000-0000-0000-000000000000' },
    { ...gpu, index: 1, uuid: 'GPU-01010101-0101-0101-0101-010101010101' },
  ]);
  expect(open[0]!.info).toEqual({ ...devices[1], cublasLt: null });
});

itOnGpu.concurrent('refuses an index that no GPU has', async () => {
  const { open } = await onGpu({}, '1', '-1', '0.5', '1e300', 'NaN');
  for (const each of open)
    expect(each).toEqual({
      code: 'ERR_RANGE',
      message: expect.stringMatching(
        /^(index must be an integer from 0|there is no GPU 1: this machine has 1$)/,
      ) as string,
    });
});

itOnGpu.concurrent.each([
  ['a driver that does not start', { OCTAVO_EMULATED_FAILURE: 'Init:1' }, /does not start: .*no CUDA-capable device/],
  ['a machine without a GPU', { OCTAVO_EMULATED_GPUS: '0' }, /finds no GPU/],
  ['a driver that is too old', { OCTAVO_EMULATED_VERSION: '11020', OCTAVO_CUDA_KERNELS: '' }, /./],
])('says why it cannot use %s', async (_, settings, why) => {
  expectUnavailable(await onGpu(settings), why);
});

itOnGpu.concurrent('lists GPUs that are too old, and says so', async () => {
  const { available, reason, devices, open } = await onGpu({ OCTAVO_EMULATED_CAPABILITY: '61' });
  expect([available, devices.length]).toEqual([false, 1]);
  expect(reason).toMatch(/compute capability 7\.5 or more: Emulated GPU has 6\.1/);
  expect(open).toEqual([{ code: 'ERR_UNSUPPORTED', message: reason }]);
});

itOnGpu.concurrent.each([
  ['DevicePrimaryCtxRetain:1', 'ERR_MEMORY', /opening the GPU: out of memory/],
  ['CtxSetCurrent:1', 'ERR_DEVICE', /using the GPU/],
  ['StreamCreate:1', /ERR_(MEMORY|DEVICE)/, /creating a stream/],
  ['ModuleLoadData:1', 'ERR_DEVICE', /loading kernels: no kernel image is available/],
])('says why it cannot open one: %s', async (failure, code, why) => {
  const { open } = await onGpu({ OCTAVO_EMULATED_FAILURE: failure });
  expect(open[0]!.code).toMatch(code);
  expect(open[0]!.message).toMatch(why);
});
