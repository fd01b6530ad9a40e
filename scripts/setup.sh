#!/usr/bin/env bash
# Installs what the checks and tests need beyond git, Node, Python and a C++ compiler. This is the one list of it.
# Runs as root or through sudo, does nothing where everything is there already. Usage: scripts/setup.sh [--list]
set -euo pipefail

packages=(
  # the addon itself, where the machine has no compiler yet
  g++ make python3
  # reading the addon's object files: nm, objdump
  binutils
  # native tests and the development build
  cmake ninja-build doctest-dev
  # formatting, linting, AddressSanitizer and UndefinedBehaviorSanitizer
  clang-19 clang-format-19 clang-tidy-19 libclang-rt-19-dev
  # the NEON kernels: cross compiler and emulator, and models of their CPUs (llvm-mca)
  g++-aarch64-linux-gnu qemu-user llvm-19
  # the binary for Windows, and what runs it
  g++-mingw-w64-x86-64-posix binutils-mingw-w64-x86-64 wine64
  # peers of the native benchmark
  libdnnl-dev libopenblas-dev
  # the page of the benchmark is looked at in a browser
  chromium
)

if [ "${1:-}" = --list ]; then
  printf '%s\n' "${packages[@]}"
  exit 0
fi

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  echo "setup: no apt-get here. Install what corresponds to these Debian packages: ${packages[*]}" >&2
  exit 1
fi

# A tool that is there without its package (a newer cmake, a compiler of another origin) will do.
declare -A programs=([g++]=c++ [make]=make [python3]=python3 [cmake]=cmake [ninja-build]=ninja [binutils]=objdump)

is_there() {
  local program=${programs[$1]:-}
  if [ -n "$program" ] && command -v "$program" >/dev/null; then return 0; fi
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]
}

missing=()
for package in "${packages[@]}"; do
  is_there "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "setup: everything is there"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: neither root nor sudo. As root: apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "setup: installing ${missing[*]}"
"${as_root[@]}" apt-get update -q </dev/null
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -q -y --no-install-recommends "${missing[@]}" </dev/null
echo "setup: done"
