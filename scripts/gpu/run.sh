#!/usr/bin/env bash
# Tests octavo on a GPU and measures it, on a machine that has neither Node nor a network: with what scripts/gpu/pack.mjs
# put into build/gpu/. Results go to $OUT, or to build/gpu/results. Usage: bash scripts/gpu/run.sh [tests | check | bench]...
# (all of them in that order by default). Ends with 1 if any of them failed, or if there was no GPU to run on.
set -uo pipefail
cd "$(dirname "$0")/../.."

results=${OUT:-build/gpu/results}
mkdir -p "$results"
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
gzip -dc build/gpu/node.gz >"$tools/node" && chmod +x "$tools/node" || exit 1
export PATH="$tools:$PATH"
tar -xzf build/gpu/octavo.tgz || exit 1
failed=()

# run NAME COMMAND...: the command, with its output in a file as well.
run() {
  echo "== $1"
  "${@:2}" 2>&1 | tee "$results/$1.log"
  local status=${PIPESTATUS[0]}
  if [ "$status" -ne 0 ] || grep -q '^skipped: no GPU' "$results/$1.log"; then failed+=("$1"); fi
}

# The tests as built here, with this machine's compilers, or else as they came.
native_tests() {
  local program=build/gpu/octavo_cuda_tests
  if command -v cmake >/dev/null && command -v c++ >/dev/null; then
    cmake -S . -B build/there -DCMAKE_BUILD_TYPE=Release -DOCTAVO_TESTS=ON -DOCTAVO_DOCTEST_INCLUDE="$PWD/build/gpu" \
      >"$results/build.log" 2>&1 &&
      cmake --build build/there --parallel "$(nproc)" --target octavo_cuda_tests >>"$results/build.log" 2>&1 &&
      program=build/there/test/native/cuda/octavo_cuda_tests
  fi
  echo "$program"
  "$program"
}

command -v nvidia-smi >/dev/null && nvidia-smi | tee "$results/nvidia-smi.log"
for part in "${@:-tests check bench}"; do
  for name in $part; do
    case $name in
      tests) run tests native_tests ;;
      check) run check node scripts/gpu/check.mjs ;;
      bench) run bench node dist/lib/cli/main.js bench --device cuda --json "$results/bench_cuda.json" ;;
      *) echo "run.sh: no part $name, one of: tests check bench" && exit 2 ;;
    esac
  done
done
echo "gpu: ${#failed[@]} parts failed${failed[*]:+: ${failed[*]}}"
[ ${#failed[@]} -eq 0 ]
