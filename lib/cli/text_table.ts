// Tables for a terminal: columns as wide as their widest cell, numbers to the right, words to the left.

/** What counts as a number: digits with a sign or separators, perhaps a range of two, perhaps a unit. */
const NUMBER = /^[-+]?\d[\d.,]*(-\d[\d.,]*)?(\s?[^\s\d]{1,5})?$/;

/** Columns on screen; combining marks and wide characters do not occur in octavo's own texts. */
const widthOf = (text: string): number => [...text].length;

/** A column is right-aligned if every cell below its header is a number, or stands for none. */
function isNumeric(rows: readonly (readonly string[])[], column: number): boolean {
  const cells = rows.map((row) => row[column] ?? '').filter((cell) => cell !== '' && cell !== '-');
  return cells.length > 0 && cells.every((cell) => NUMBER.test(cell));
}

/**
 * Lays out a table without frames, two spaces between columns and no space at the end of a line.
 * @param header one title a column
 * @param rows cells; a row may be shorter than the header
 * @returns lines joined by newlines, the last one ended too
 */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = header.map((title, column) => ({
    width: Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ''))),
    right: isNumeric(rows, column),
  }));
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ width, right }, i) => {
        const cell = cells[i] ?? '';
        const space = ' '.repeat(width - widthOf(cell));
        return right ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  return `${[header, ...rows].map(line).join('\n')}\n`;
}
