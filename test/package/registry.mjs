// Worker thread: a registry of the packages with binaries, for npm's `@octavo:registry`. Any other name is not found.
// workerData: their tarballs' folder, and the Int32Array into which the port goes.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { workerData } from 'node:worker_threads';
import { readTarball } from './read_tarball.mjs';

const { folder, port } = workerData;

/** By name, what npm asks for before it asks for the tarball. */
function readPackages(origin) {
  const packages = readdirSync(folder).map((file) => {
    const tarball = path.join(folder, file);
    const manifest = JSON.parse(readTarball(tarball, 'package/package.json').toString());
    const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
    const { name, version } = manifest;
    const versions = { [version]: { ...manifest, dist: { tarball: `${origin}/${file}`, integrity } } };
    return [name, { name, 'dist-tags': { latest: version }, versions }];
  });
  return Object.fromEntries(packages);
}

let packages = {};
const server = createServer(({ url }, response) => {
  const name = decodeURIComponent(url.slice(1));
  response.setHeader('cache-control', 'no-store'); // else npm keeps it for other packages at a port of this number
  if (name.endsWith('.tgz')) response.end(readFileSync(path.join(folder, path.basename(name))));
  else if (Object.hasOwn(packages, name)) response.end(JSON.stringify(packages[name]));
  else response.writeHead(404).end('{"error":"not found"}');
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  packages = readPackages(`http://127.0.0.1:${address.port}`);
  Atomics.store(port, 0, address.port);
  Atomics.notify(port, 0);
});
