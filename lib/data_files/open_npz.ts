// NPZ files: zip archives of NPY arrays. yauzl reads the archive; arrays are inflated piece by piece.
import type { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl';
import { isOctavoError } from '../errors';
import { fileError, type OpenFile } from '../files/file_access';
import { show } from '../validate';
import { ByteReader } from './byte_reader';
import { readNpyHeader } from './npy_header';
import { skipBytes } from './skip_bytes';
import type { StoredTensor } from './stored_tensor';

const SUFFIX = '.npy';

/** What yauzl and zlib throw, as ERR_FILE. */
function asArchiveError(file: string, part: string, cause: unknown): unknown {
  if (isOctavoError(cause)) return cause;
  return fileError(file, `broken zip archive${part}: ${(cause as Error).message.split('\n', 1)[0]}`, cause);
}

/** The bytes of an entry. Where Node can (from 20.15 on), the archive's checksum of them is compared at their end. */
async function* inflate(file: string, zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array, void, undefined> {
  let stream: Readable | undefined;
  let checksum = 0;
  try {
    stream = await zip.openReadStreamPromise(entry);
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (zlib.crc32 !== undefined) checksum = zlib.crc32(chunk, checksum);
      yield chunk;
    }
    if (zlib.crc32 !== undefined && checksum !== entry.crc32)
      throw fileError(file, `broken zip archive: the bytes of ${show(entry.fileName)} have another checksum`);
  } catch (cause) {
    throw asArchiveError(file, `, ${show(entry.fileName)}`, cause);
  } finally {
    stream?.destroy();
  }
}

async function openEntry(file: string, zip: ZipFile, entry: Entry, scale: number): Promise<StoredTensor> {
  const { fileName, uncompressedSize } = entry;
  if (entry.isEncrypted()) throw fileError(file, `${show(fileName)} is encrypted`);
  const reader = new ByteReader(inflate(file, zip, entry));
  const header = await readNpyHeader(file, show(fileName), reader).finally(() => reader.close());
  const { type, bigEndian, dims, fortranOrder, headerBytes, dataBytes } = header;
  if (uncompressedSize !== headerBytes + dataBytes)
    throw fileError(
      file,
      `${show(fileName)} holds ${uncompressedSize - headerBytes} bytes of values, its shape (${dims.join(', ')}) promises ${dataBytes}`,
    );
  const bytes = () => skipBytes(inflate(file, zip, entry), headerBytes);
  const name = fileName.slice(0, -SUFFIX.length);
  return { file, name, dims, encoding: { type, bigEndian, scale }, fortranOrder, bytes };
}

/**
 * The arrays of an NPZ file, in its order.
 * @throws ERR_FILE for a broken archive, entries that are no arrays, are encrypted, of the same name, or not as long as
 *   their headers say
 */
export async function openNpz(file: OpenFile, scale: number): Promise<StoredTensor[]> {
  const { path, fd } = file;
  const tensors = new Map<string, StoredTensor>();
  try {
    const zip = await fromFdPromise(fd, { autoClose: false, lazyEntries: true });
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith(SUFFIX)) throw fileError(path, `${show(entry.fileName)} in it is no NPY array`);
      if (tensors.has(entry.fileName)) throw fileError(path, `array ${show(entry.fileName)} occurs twice`);
      tensors.set(entry.fileName, await openEntry(path, zip, entry, scale));
    }
  } catch (cause) {
    throw asArchiveError(path, '', cause);
  }
  if (tensors.size === 0) throw fileError(path, 'it holds no arrays');
  return [...tensors.values()];
}
