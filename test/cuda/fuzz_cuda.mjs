// Child process: octavo/cuda and the addon's calls below it under spoiled arguments, on the emulated GPU. Arguments: seed,
// number of rounds. Prints what happened as JSON.
import { createRequire } from 'node:module';
import { Fuzzer } from '../addon/fuzzer.mjs';
import { deviceCalls, FuzzDevice, rawDeviceCalls } from './fuzz_calls/devices.mjs';
import { layerCalls, rawLayerCalls } from './fuzz_calls/layers.mjs';
import { rawMeasuringCalls } from './fuzz_calls/measuring.mjs';
import { rawValueCalls, valueCalls } from './fuzz_calls/values.mjs';

const require = createRequire(import.meta.url);
const octavoCuda = require('../../dist/lib/cuda/index.js');
const { addon } = require('../../dist/lib/addon.js');
const octavo = require('../../dist/lib/index.js');
const { cuda, CudaDevice, DeviceQuantizedTensor, DeviceTensor } = octavoCuda;

const [seed, rounds] = process.argv.slice(2).map(Number);

const fuzz = new FuzzDevice(await cuda.open(), await cuda.open());
const deviceHandle = await addon.cudaOpen(0, 'off');
const raw = { device: () => deviceHandle, memory: (bytes) => addon.cudaAllocate(deviceHandle, bytes) };

const CALLS = {
  ...deviceCalls(octavoCuda, fuzz),
  ...layerCalls(octavoCuda, fuzz, octavo),
  ...valueCalls(octavoCuda, octavo, fuzz),
};
const RAW = {
  ...rawDeviceCalls(addon, raw),
  ...rawLayerCalls(addon, raw),
  ...rawValueCalls(raw),
  ...rawMeasuringCalls(raw),
};

/** Constants, and what takes no arguments. */
const LEFT_OUT = ['DEVICE_TYPES', 'CudaDevice.dispose', 'DeviceTensor.dispose', 'DeviceQuantizedTensor.dispose'];
const methodsOf = (Class) =>
  Object.entries(Object.getOwnPropertyDescriptors(Class.prototype))
    .filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor')
    .map(([name]) => `${Class.name}.${name}`);
const untested = [
  ...Object.keys(octavoCuda).filter((name) => !(name in CALLS)),
  ...[CudaDevice, DeviceTensor, DeviceQuantizedTensor].flatMap(methodsOf).filter((name) => !(name in CALLS)),
  ...Object.keys(addon).filter((name) => name.startsWith('cuda') && !(name in RAW)),
].filter((name) => !LEFT_OUT.includes(name));

const fuzzer = new Fuzzer(seed, octavo.isOctavoError);
for (let round = 0; round < rounds; round++) {
  for (const [name, make] of Object.entries(CALLS))
    fuzzer.call(name, (random) => {
      const [run, args] = make(random);
      return { run, args };
    });
  for (const [name, args] of Object.entries(RAW))
    fuzzer.call(name, (random) => ({ run: addon[name], args: args(random) }));
  if (round % 20 === 19) await fuzzer.settle();
}
await fuzzer.settle();
await fuzz.device.synchronize();
const { outcomes, violations } = fuzzer;
process.stdout.write(JSON.stringify({ untested, outcomes, violations: violations.slice(0, 20) }));
