// The size and hash of a model's bytes, without holding them.
import { createHash } from 'node:crypto';
import type { Model } from '../model';
import { messageOf } from './message';
import { splitTensor } from './tensor';

export interface ModelDigest {
  /** Of one message with all tensors; beyond 2 GB it is written as two files. */
  readonly bytes: number;
  /** SHA-256 in hexadecimal digits: that of modelBytes, where a message can hold the model. */
  readonly sha256: string;
}

/** Tensors' bytes are asked for one tensor at a time. Throws ERR_FILE for a tensor whose file is gone. */
export function modelDigest(model: Model): ModelDigest {
  const message = messageOf(model, splitTensor);
  const hash = createHash('sha256');
  for (const chunk of message.chunks()) hash.update(chunk);
  return { bytes: message.byteLength, sha256: hash.digest('hex') };
}
