// What GCC 12 and glibc 2.36 take from shared libraries newer than those of the oldest systems that a binary of theirs
// should run on: glibc 2.28 and the libstdc++ of GCC 8 (RHEL 8). Defined here, and not exported (exports.map), these
// are what the addon's own calls find. A test reads from the binaries that nothing else is too new.
#include <condition_variable>
#include <mutex>
#include <new>

#if defined(__GLIBC__) && defined(__GLIBCXX__)
#include <pthread.h>

/// glibc 2.32's. shared_ptr asks it whether it can do without atomic operations: it cannot.
extern "C" {
extern char __libc_single_threaded;
char __libc_single_threaded = 0;
}

namespace std {

/// libstdc++ 11's: an allocation of more than all memory.
void __throw_bad_array_new_length() { throw bad_array_new_length(); }

/// libstdc++ 12's; before it was noexcept, and has another version.
void condition_variable::wait(unique_lock<mutex>& lock) {
  ::pthread_cond_wait(native_handle(), lock.mutex()->native_handle());
}

}  // namespace std
#endif
