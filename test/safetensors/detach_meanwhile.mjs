// Child process: reads into and writes from arrays that are transferred meanwhile. Prints what came of it as JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

const { openSafetensors, SafetensorsWriter, writeSafetensors } = createRequire(import.meta.url)(
  '../../dist/lib/safetensors',
);
const folder = mkdtempSync(path.join(tmpdir(), 'octavo-detach-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const file = path.join(folder, 'a.safetensors');
const [bytes, outcomes] = [5 * 2 ** 20, { read: 0, written: 0, refused: 0 }];

/** Gives the memory of an array to a copy that nobody keeps. */
const cut = (array) => void structuredClone(array.buffer, { transfer: [array.buffer] });
writeSafetensors(file, [['a', { type: 'uint8', dims: [bytes], data: new Uint8Array(bytes) }]]);
const reader = openSafetensors(file);
for (let round = 0; round < 50; round++) {
  const target = new Uint8Array(bytes);
  const reading = reader.readInto('a', target);
  cut(target);
  await reading;
  outcomes.read++;
  const writer = SafetensorsWriter.create(path.join(folder, 'b.safetensors'), [
    { name: 'b', dtype: 'U8', dims: [bytes] },
  ]);
  const data = new Uint8Array(bytes);
  const writing = writer.write('b', data);
  cut(data);
  await writing.then(
    () => outcomes.written++,
    (error) => {
      if (error.code !== 'ERR_DTYPE') throw error;
      outcomes.refused++;
    },
  );
  writer.abort();
}
reader.close();
process.stdout.write(JSON.stringify(outcomes));
