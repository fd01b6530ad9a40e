// Runs the native tests and says which kernel sets they covered.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>

#include "tested_kernel_sets.h"

int main(int argc, char** argv) {
  std::printf("kernel sets covered:");
  for (const octavo::KernelSet* set : octavo_test::tested_kernel_sets()) std::printf(" %s", set->name);
  std::printf("\n");
  return doctest::Context(argc, argv).run();
}
