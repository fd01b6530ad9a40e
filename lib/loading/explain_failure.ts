// What a system's linker said about a library that it did not load, as a reason and a remedy.
import { COMPILE, type Fault } from './check_binary';

interface Explanation {
  pattern: RegExp;
  remedy: string;
}

const EXPLANATIONS: Explanation[] = [
  {
    pattern: /version `GLIBC_[\w.]+' not found/,
    remedy: `The C library of this system is older than the one that the binary was made for: use a newer system, or ${COMPILE}`,
  },
  {
    pattern: /version `(GLIBCXX|CXXABI)_[\w.]+' not found/,
    remedy: `The libstdc++ of this system is older than the one that the binary was made for: update it, or ${COMPILE}`,
  },
  {
    pattern: /lib(stdc\+\+|gcc_s|c\+\+|atomic)[^:]*: (cannot open shared object file|No such file)/,
    remedy: `Install that library (Debian: libstdc++6, Alpine: libstdc++), or ${COMPILE}`,
  },
  {
    pattern: /ld-linux|ld-musl|Error relocating|libc\.(so|musl)/,
    remedy: `The binary was made for another C library: ${COMPILE}`,
  },
  {
    pattern: /failed to map segment/,
    remedy: 'The file lies where the system runs no programs (a mount with noexec?), or memory is short',
  },
  {
    pattern: /Module did not self-register|napi_register_module|not a valid Win32 application|wrong architecture/,
    remedy: `That file is no addon for this system: install octavo again, or ${COMPILE}`,
  },
];

/** `error` is what loading `file` threw. */
export function explainFailure(file: string, error: unknown): Fault {
  const message = (error instanceof Error ? error.message : String(error)).trim().split('\n')[0] ?? '';
  const known = EXPLANATIONS.find(({ pattern }) => pattern.test(message));
  const reason = message.includes(file) ? message : `${file}: ${message}`;
  return { reason, remedy: known?.remedy ?? `Install octavo again, or ${COMPILE}` };
}
