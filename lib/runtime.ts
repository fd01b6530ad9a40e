// What the process runs on: kernel set, threads, memory.
import { addon } from './addon';
import { checkInteger } from './validate';

/** The kernel set in use, those this CPU can run, the number of threads, the memory of the weights. */
export const runtime = {
  /** Name of the kernel set in use, for example 'avx512vnni'. The environment variable OCTAVO_ISA forces one. */
  get isa(): string {
    return addon.isa();
  },
  /** Every kernel set that this CPU can run, best first. */
  get available(): readonly string[] {
    return addon.availableIsas();
  },
  /**
   * Threads that octavo may use in this process, 1 to 1024. Default: the CPUs that this process may really use
   * (affinity and cgroup quota), or the environment variable OCTAVO_THREADS.
   */
  get threads(): number {
    return addon.getThreads();
  },
  set threads(count: number) {
    addon.setThreads(checkInteger('runtime.threads', count, 1, 1024));
  },
  /**
   * Bytes of native memory that the weights and layers of this process occupy. What several threads share counts once;
   * files that are mapped do not count.
   */
  get weightBytes(): number {
    return addon.weightBytes();
  },
};
