// Marks functions that device code calls as well: one definition for the CPU and the GPU.
#pragma once

#ifdef __CUDACC__
#define OCTAVO_ANYWHERE __host__ __device__
#else
#define OCTAVO_ANYWHERE
#endif
