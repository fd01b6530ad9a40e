// Tokens that carry native objects from thread to thread of a process: the memory stays where it is.
import { type AnyHandle, addon } from '../addon';
import { isObject, reject } from '../validate';

/**
 * What `share()` returns: a plain object for postMessage and workerData. It names the memory and does not keep it: the
 * object that was shared, or another one opened from it, must live until `open()` has returned.
 */
export interface ShareToken<Kind extends string = string> {
  /** The class whose `open()` takes the token. */
  readonly octavo: Kind;
  /** A random name, known to this process only. */
  readonly id: string;
}

/** The token of a handle; throws ERR_DISPOSED. */
export function shareHandle<Kind extends string>(kind: Kind, handle: AnyHandle): ShareToken<Kind> {
  return { octavo: kind, id: addon.share(handle) };
}

/** A new handle of what was shared. Throws ERR_DTYPE for anything but a token of `kind`, ERR_DISPOSED if it is gone. */
export function openToken(kind: string, token: unknown): AnyHandle {
  if (!isObject(token)) reject('token', `what ${kind}.share() returned`, token, 'ERR_DTYPE');
  const { octavo, id } = token;
  if (octavo !== kind) reject('token.octavo', `"${kind}"`, octavo, 'ERR_DTYPE');
  if (typeof id !== 'string') reject('token.id', 'a string', id, 'ERR_DTYPE');
  return addon.openShared(id);
}
