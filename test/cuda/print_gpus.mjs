// Child process: what octavo/cuda says of the machine's GPUs, as JSON; whether the driver was there before it was asked for.
// Arguments: indexes to open.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { cuda } = createRequire(import.meta.url)('../../dist/lib/cuda/index.js');

const isOpen = () =>
  existsSync('/proc/self/maps') && readFileSync('/proc/self/maps', 'utf8').includes(process.env.OCTAVO_CUDA_DRIVER);
const opened = [isOpen()];
const { available, reason, devices } = cuda;
opened.push(isOpen());
const open = [];
for (const index of process.argv.length > 2 ? process.argv.slice(2).map(Number) : [undefined])
  open.push(
    await cuda.open(index).then(
      ({ info }) => ({ info }),
      ({ code, message }) => ({ code, message }),
    ),
  );
process.stdout.write(JSON.stringify({ available, reason, devices, opened, open }));
