// The fenced code blocks of a Markdown text, and the commands of its shell blocks.

export interface Block {
  /** The word after the fence, '' for none. */
  language: string;
  code: string;
  /** Line of the opening fence, 1 for the first. */
  line: number;
}

/** Every fenced block, in order. Throws if a fence stays open. */
export function fencedBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; block: Block } | undefined;
  for (const [index, text] of markdown.split('\n').entries()) {
    const fence = /^\s{0,3}(`{3,}|~{3,})\s*([\w-]*)/.exec(text);
    if (open !== undefined && fence?.[1]?.startsWith(open.fence) && fence[2] === '') {
      blocks.push(open.block);
      open = undefined;
    } else if (open !== undefined) open.block.code += `${text}\n`;
    else if (fence?.[1] !== undefined)
      open = { fence: fence[1], block: { language: fence[2] ?? '', code: '', line: index + 1 } };
  }
  if (open !== undefined) throw new Error(`the block of line ${open.block.line} is not closed`);
  return blocks;
}

/** The commands of a shell block: comments, prompts and empty lines are gone, continued lines are joined. */
export function shellCommands(block: Block): string[] {
  return block.code
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) =>
      line
        .replace(/^\s*\$\s+/, '')
        .replace(/(^|\s)#.*$/, '')
        .trim(),
    )
    .filter((line) => line !== '');
}
