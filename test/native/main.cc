// Runs the native tests and says which kernel sets they covered.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>

#include "dispatch/dispatch.h"

int main(int argc, char** argv) {
  std::printf("kernel sets covered:");
  for (const octavo::KernelSet* set : octavo::available_kernel_sets()) std::printf(" %s", set->name);
  std::printf("\n");
  return doctest::Context(argc, argv).run();
}
