// Windows: the addon's imports from node.exe are those of the running program, whatever its file is called.
#if defined(_WIN32) && !defined(HOST_BINARY)  // that is node-gyp's, which brings the same thing
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <delayimp.h>
#include <string.h>

namespace {

FARPROC WINAPI find_host(unsigned event, PDelayLoadInfo info) {
  if (event != dliNotePreLoadLibrary || _stricmp(info->szDll, "node.exe") != 0) return nullptr;
  return reinterpret_cast<FARPROC>(GetModuleHandleW(nullptr));
}

}  // namespace

decltype(__pfnDliNotifyHook2) __pfnDliNotifyHook2 = find_host;
#endif
