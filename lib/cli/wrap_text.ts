// Paragraphs for a terminal.

/** Breaks a paragraph at spaces into lines of at most `width` columns; those after the first begin with `indent`. */
export function wrapText(text: string, width: number, indent = '   '): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width || line === '') {
      line = longer;
      continue;
    }
    lines.push(line);
    line = indent + word;
  }
  return [...lines, line].join('\n');
}
