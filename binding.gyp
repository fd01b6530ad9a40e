{
  "variables": {
    "flags_of": "node native/compiler_flags.cjs",
    "sources_of": "node -p \"process.argv[1].split('.').reduce((o, key) => o[key], require('./native/sources.json')).join(' ')\"",
    "openssl_fips%": ""
  },
  "target_defaults": {
    "include_dirs": ["native"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-fno-exceptions", "-fno-rtti"],
    "cflags_cc": ["-std=c++20", "-fvisibility=hidden", "-fexceptions"],
    "cflags": ["-fPIC", "-O3", "-Wall", "-Wextra", "-ffp-contract=off"],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
      "GCC_OPTIMIZATION_LEVEL": "3",
      "MACOSX_DEPLOYMENT_TARGET": "11.0",
      "OTHER_CFLAGS": ["-ffp-contract=off"]
    }
  },
  "targets": [
    {
      "target_name": "octavo_core",
      "type": "static_library",
      "sources": ["<!@(<(sources_of) core.sources)"]
    },
    {
      "target_name": "octavo_cuda",
      "type": "static_library",
      "sources": ["<!@(<(sources_of) cuda.sources)"],
      "include_dirs": ["build/cuda"],
      "actions": [
        {
          "action_name": "compile_kernels",
          "message": "kernels for GPUs",
          "inputs": ["<!@(node native/cuda/compile_kernels.cjs --inputs)"],
          "outputs": ["build/cuda/kernel_images.inc"],
          "action": ["node", "native/cuda/compile_kernels.cjs"]
        }
      ]
    },
    {
      "target_name": "octavo",
      "sources": ["<!@(<(sources_of) binding.sources)"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": [
        "NAPI_VERSION=8",
        "NAPI_CPP_EXCEPTIONS",
        # an error in a worker thread that is being terminated has nobody to go to; it must not end the process
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"
      ],
      "dependencies": ["octavo_cuda", "octavo_core"],
      "conditions": [
        # from build/, where the linker runs
        ["OS=='linux'", { "ldflags": ["-Wl,--version-script=../native/binding/exports.map"] }],
        ["target_arch=='x64'", { "dependencies": ["octavo_avx2", "octavo_avxvnni", "octavo_avx512vnni", "octavo_amx"] }],
        ["target_arch=='arm64'", { "dependencies": ["octavo_neon", "octavo_neondot", "octavo_neoni8mm"] }]
      ]
    }
  ],
  "conditions": [
    ["target_arch=='x64'", { "targets": [
      {
        "target_name": "octavo_avx2",
        "type": "static_library",
        "sources": ["<!@(<(sources_of) x64.avx2.sources)"],
        "cflags": ["<!@(<(flags_of) x64 avx2)"],
        "xcode_settings": { "OTHER_CFLAGS": ["<!@(<(sources_of) x64.avx2.flags)"] }
      },
      {
        "target_name": "octavo_avxvnni",
        "type": "static_library",
        "sources": ["<!@(<(sources_of) x64.avxvnni.sources)"],
        "cflags": ["<!@(<(flags_of) x64 avxvnni)"],
        "xcode_settings": { "OTHER_CFLAGS": ["<!@(<(sources_of) x64.avxvnni.flags)"] }
      },
      {
        "target_name": "octavo_avx512vnni",
        "type": "static_library",
        "sources": ["<!@(<(sources_of) x64.avx512vnni.sources)"],
        "cflags": ["<!@(<(flags_of) x64 avx512vnni)"],
        "xcode_settings": { "OTHER_CFLAGS": ["<!@(<(sources_of) x64.avx512vnni.flags)"] }
      },
      {
        "target_name": "octavo_amx",
        "type": "static_library",
        "sources": ["<!@(<(sources_of) x64.amx.sources)"],
        "cflags": ["<!@(<(flags_of) x64 amx)"],
        "xcode_settings": { "OTHER_CFLAGS": ["<!@(<(sources_of) x64.amx.flags)"] }
      }
    ] }],
    ["target_arch=='arm64'", { "targets": [
      {
        "target_name": "octavo_neon",
        "type": "static_library",
        "sources": ["<!@(<(sources_of) arm64.neon.sources)"],
        "cflags": ["<!@(<(flags_of) arm64 neon)"]
      },
      {
        "target_name": "octavo_neondot",
        "type": "static_library",
        "sources": ["<!@(<(sources_of) arm64.neondot.sources)"],
        "cflags": ["<!@(<(flags_of) arm64 neondot)"],
        "xcode_settings": { "OTHER_CFLAGS": ["<!@(<(sources_of) arm64.neondot.flags)"] }
      },
      {
        "target_name": "octavo_neoni8mm",
        "type": "static_library",
        "sources": ["<!@(<(sources_of) arm64.neoni8mm.sources)"],
        "cflags": ["<!@(<(flags_of) arm64 neoni8mm)"],
        "xcode_settings": { "OTHER_CFLAGS": ["<!@(<(sources_of) arm64.neoni8mm.flags)"] }
      }
    ] }]
  ]
}
