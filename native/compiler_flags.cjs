// Prints the flags of a kernel set in sources.json for the C++ compiler of this build: some are known to GCC alone, and
// clang stops at them. Usage: node native/compiler_flags.cjs <architecture> <kernel set>
const { spawnSync } = require('node:child_process');
const sources = require('./sources.json');

/** True if the compiler that make will call, which may be a command with arguments, is GCC. */
function isGcc() {
  const { stdout } = spawnSync(`${process.env.CXX || 'c++'} -dM -E -x c++ -`, { input: '', encoding: 'utf8', shell: true });
  return stdout.includes('__GNUC__') && !stdout.includes('__clang__');
}

const [architecture, set] = process.argv.slice(2);
const { flags, gcc_flags: ofGcc } = sources[architecture][set];
console.log([...flags, ...(process.platform !== 'win32' && isGcc() ? ofGcc : [])].join(' '));
