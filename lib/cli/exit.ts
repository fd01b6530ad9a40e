// How the command line ends: exit codes, one-line errors, and what is undone when it is interrupted.
import { CommanderError } from 'commander';
import { isOctavoError } from '../errors';

/** 0 done; 1 a user's mistake, a refused input or an unexpected error; 2 wrong usage; 130 interrupted; 143 terminated. */
export const EXIT = { done: 0, refused: 1, usage: 2, interrupted: 130, terminated: 143 } as const;

type Cleanup = () => void;
const cleanups = new Set<Cleanup>();

/**
 * Registers what must be undone if the process is interrupted or fails: a progress bar, a half-written temporary file.
 * `cleanup` must be synchronous. The function that comes back takes the registration off again, without running it.
 */
export function onInterrupt(cleanup: Cleanup): () => void {
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
  };
}

/** Runs every registered clean-up once, the newest first; one that throws does not stop the others. */
export function runCleanups(): void {
  const pending = [...cleanups].reverse();
  cleanups.clear();
  for (const cleanup of pending) {
    try {
      cleanup();
    } catch {
      // The process is on its way out: what cannot be undone now must not hide why.
    }
  }
}

/** The exit code that belongs to an error. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof CommanderError)) return EXIT.refused;
  return error.exitCode === 0 ? EXIT.done : EXIT.usage; // 0: help or version was asked for
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** What to do about it, where the error says so. */
function hintOf(error: object): string[] {
  const { hint } = error as { hint?: unknown };
  return typeof hint === 'string' ? [hint] : [];
}

/** What is printed for an error: one line, and the stack only where OCTAVO_DEBUG asks for it. Empty if it was printed already. */
export function describeError(error: unknown): string {
  if (error instanceof CommanderError) return ''; // commander has written its own line
  const debug = (process.env.OCTAVO_DEBUG ?? '') !== '';
  const message = error instanceof Error ? error.message : String(error);
  const stack = debug && error instanceof Error && error.stack !== undefined ? `${error.stack}\n` : '';
  if (isOctavoError(error)) return `octavo: ${[message, ...hintOf(error)].join('. ').replaceAll('\n', ' ')}\n${stack}`;
  const hint = debug ? '' : ' (set OCTAVO_DEBUG=1 for the stack)';
  return `octavo: unexpected error: ${firstLine(message)}${hint}\n${stack}`;
}

/** Undoes what is running, prints the error and sets the exit code; output already written still drains. */
export function fail(error: unknown): void {
  runCleanups();
  process.stderr.write(describeError(error));
  process.exitCode = exitCodeOf(error);
}

function leave(code: number): void {
  runCleanups();
  process.exit(code);
}

/** Installs the handlers of signals, of a closed stdout and of errors that nobody caught. Called once, by main. */
export function installExitHandlers(): void {
  process.on('SIGINT', () => leave(EXIT.interrupted));
  process.on('SIGTERM', () => leave(EXIT.terminated));
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The reader has gone (`octavo demo | head -1`): it has what it wanted.
      if (error.code === 'EPIPE') leave(Number(process.exitCode ?? EXIT.done));
      else leave(EXIT.refused);
    });
  }
  const unexpected = (error: unknown): void => {
    fail(error);
    process.exit();
  };
  process.on('uncaughtException', unexpected);
  process.on('unhandledRejection', unexpected);
}
