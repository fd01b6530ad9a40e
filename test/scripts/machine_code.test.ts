// Which loops of a function multiply, and which of them keep vectors on the stack.
import { expect, it } from 'vitest';
import { AARCH64, multiplyingLoops, routines, X86 } from '../../scripts/test/machine_code.mjs';

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
  const loops = (name: string) =>
    multiplyingLoops(routines(DISASSEMBLY).find((routine) => routine.name === name)!, X86).map(
      ({ address, spills }) => ({ address, spills }),
    );
  expect(loops('clean(octavo::Strip const&)')).toEqual([{ address: 8, spills: [] }]);
  expect(loops('spills')).toEqual([
    { address: 0x24, spills: ['vmovdqa64 %zmm3,-0x130(%rbp)', 'vpdpbusd 0x40(%rsp),%zmm1,%zmm4'] },
  ]);
  expect(loops('outer')).toEqual([{ address: 0x44, spills: [] }]);
  expect(loops('copies')).toEqual([]);
  expect(loops('aside')).toEqual([]); // what lies apart for a rare case is no loop
  expect(loops('tiles')).toEqual([{ address: 0x70, spills: [] }]);
});

const DISASSEMBLY_ARM = `
0000000000000000 <void octavo::(anonymous namespace)::tile<2>(octavo::Strip const&)>:
   0:	mov	x29, sp
   4:	ldr	q1, [x29, #16]
   8:	ldr	q0, [x1], #16
   c:	smull	v2.8h, v0.8b, v1.8b
  10:	str	q2, [x29, #-32]
  14:	ldr	q3, [sp, #48]
  18:	sadalp	v4.4s, v2.8h
  1c:	b.ne	8 <void octavo::(anonymous namespace)::tile<2>(octavo::Strip const&)+0x8>  // b.any
  20:	cbnz	x3, 4 <void octavo::(anonymous namespace)::tile<2>(octavo::Strip const&)+0x4>
  24:	ret

0000000000000030 <no frame>:
  30:	ldr	q1, [x29, #16]
  34:	sdot	v2.4s, v0.16b, v1.4b[3]
  38:	cbnz	w3, 30 <no frame>
  3c:	smull	x0, w1, w2
  40:	tbnz	w0, #3, 3c <no frame+0xc>
  44:	smmla	v2.4s, v0.16b, v1.16b
  48:	tbz	x0, #63, 44 <no frame+0x14>
  4c:	sdot	v2.4s, v0.16b, v1.16b
  50:	b	4c <no frame+0x1c>
`;

it('knows the loops of arm64', () => {
  const [tile, noFrame] = routines(DISASSEMBLY_ARM).map((routine) => multiplyingLoops(routine, AARCH64));
  expect(tile).toMatchObject([{ address: 8, spills: ['str\tq2, [x29, #-32]', 'ldr\tq3, [sp, #48]'] }]);
  expect(tile?.[0]?.body).toHaveLength(6);
  expect(tile?.[0]?.body.at(-1)).not.toContain('//');
  // no stack access without a frame, and no product of vectors at 3c
  expect(noFrame?.map(({ address, spills }) => [address, spills.length])).toEqual([
    [0x30, 0],
    [0x44, 0],
    [0x4c, 0],
  ]);
});
