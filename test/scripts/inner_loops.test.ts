// Which loops of a function multiply, and which of them keep vectors on the stack.
import { expect, it } from 'vitest';
import { multiplyingLoops, routines } from '../../scripts/test/inner_loops.mjs';

const DISASSEMBLY = `
kernel.o:     file format elf64-x86-64

Disassembly of section .text:

0000000000000000 <clean(octavo::Strip const&)>:
   0:	push   %rbp
   4:	vmovdqa %ymm1,0x20(%rsp)
   8:	vmovdqa (%rbp,%rax,1),%ymm0
   c:	{vex} vpdpbusd %ymm0,%ymm1,%ymm2
  10:	mov    0x8(%rsp),%rax
  14:	jne    8 <clean(octavo::Strip const&)+0x8>
  18:	ret

0000000000000020 <spills>:
  20:	mov    %rsp,%rbp
  24:	vpbroadcastd (%rax),%zmm1
  28:	vpdpbusd (%rcx),%zmm1,%zmm3
  2c:	vmovdqa64 %zmm3,-0x130(%rbp)
  30:	vpdpbusd 0x40(%rsp),%zmm1,%zmm4
  34:	jb     24 <spills+0x4>
  38:	vmovdqa64 %zmm4,0x80(%rsp)
  3c:	jmp    20 <spills>

0000000000000040 <outer>:
  40:	vmovaps 0x40(%rsp),%ymm1
  44:	vfmadd231ps (%rcx),%ymm1,%ymm3
  48:	jne    44 <outer+0x4>
  4c:	vmovaps %ymm3,0x40(%rsp)
  50:	jne    40 <outer>

0000000000000060 <copies>:
  60:	vmovdqa %ymm3,0x40(%rsp)
  64:	jne    60 <copies>

0000000000000070 <tiles>:
  70:	tdpbusd %tmm6,%tmm4,%tmm0
  74:	jne    70 <tiles>

0000000000000080 <aside>:
  80:	jbe    98 <aside+0x18>
  84:	vpdpbusd (%rcx),%zmm1,%zmm3
  88:	vmovdqa64 %zmm3,0x80(%rsp)
  8c:	jne    90 <aside+0x10>
  90:	notrack jmp *%rax
  94:	ret
  98:	vpxor  %xmm1,%xmm1,%xmm1
  9c:	jmp    84 <aside+0x4>
`;

it('reads functions and their instructions', () => {
  const found = routines(DISASSEMBLY);
  expect(found.map(({ name }) => name)).toEqual([
    'clean(octavo::Strip const&)',
    'spills',
    'outer',
    'copies',
    'tiles',
    'aside',
  ]);
  expect(found[0]?.instructions[3]).toEqual({ address: 12, text: 'vpdpbusd %ymm0,%ymm1,%ymm2' });
});

it('finds vectors on the stack in innermost loops that multiply, and nowhere else', () => {
  const found = new Map(routines(DISASSEMBLY).map((routine) => [routine.name, multiplyingLoops(routine)]));
  expect(found.get('clean(octavo::Strip const&)')).toEqual([{ address: 8, spills: [] }]);
  expect(found.get('spills')).toEqual([
    { address: 0x24, spills: ['vmovdqa64 %zmm3,-0x130(%rbp)', 'vpdpbusd 0x40(%rsp),%zmm1,%zmm4'] },
  ]);
  expect(found.get('outer')).toEqual([{ address: 0x44, spills: [] }]);
  expect(found.get('copies')).toEqual([]);
  expect(found.get('aside')).toEqual([]); // what lies apart for a rare case is no loop
  expect(found.get('tiles')).toEqual([{ address: 0x70, spills: [] }]);
});
