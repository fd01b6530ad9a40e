// Child process: what becomes of calls on a GPU that fails, as the environment says. Prints one line for each.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { isOctavoError, Tensor } = require('../../dist/lib/index.js');
const { cuda } = require('../../dist/lib/cuda/index.js');

async function tell(what, run) {
  try {
    const result = await run();
    console.log(`${what}: ${result ?? 'done'}`);
  } catch (error) {
    console.log(`${what}: ${isOctavoError(error) ? error.code : 'FOREIGN'} ${error.message}`);
  }
}

const device = await cuda.open();
const small = Tensor.from(new Uint8Array(1000).fill(7));
const large = Tensor.from(new Uint8Array(20_000_000).fill(9));
const read = async (x) =>
  (await x.toHost()).data.every((value) => value === (x.size === 1000 ? 7 : 9)) ? 'right' : 'WRONG';

let x, y;
await tell('upload', () => {
  x = device.tensor(small);
});
await tell('large upload', () => {
  y = device.tensor(large);
});
const waiting = [];
if (x !== undefined) waiting.push(tell('read', () => read(x)));
if (y !== undefined) waiting.push(tell('large read', () => read(y)));
waiting.push(tell('wait', () => device.synchronize()));
await Promise.all(waiting);
await tell('later upload', () => void device.tensor(small));
await tell('later read', () => (x === undefined ? 'nothing' : read(x)));
await tell('later wait', () => device.synchronize());
await tell('free', () => (device.freeBytes > 0 ? 'some' : 'none'));
const open = async () => {
  const again = await cuda.open();
  const result = await read(again.tensor(small));
  again.dispose();
  return result;
};
await tell('open', open);
x?.dispose();
y?.dispose();
device.dispose();
await tell('open alone', open);
