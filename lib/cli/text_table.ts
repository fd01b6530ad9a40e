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

/** How a table gives way to a narrow terminal. */
export interface TableFit {
  /** Columns of the terminal. */
  readonly width: number;
  /** Places of the columns that are left out if the table is wider than that. */
  readonly optional: readonly number[];
}

/**
 * Lays out a table without frames, two spaces between columns and no space at the end of a line.
 * @param header one title a column
 * @param rows cells; a row may be shorter than the header, and one of a single cell is as wide as it likes
 * @returns lines joined by newlines, the last one ended too
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { width, optional }: TableFit = { width: Number.POSITIVE_INFINITY, optional: [] },
): string {
  const columns = header.map((title, column) => ({
    width: Math.max(widthOf(title), ...rows.map((row) => (row.length === 1 ? 0 : widthOf(row[column] ?? '')))),
    right: isNumeric(rows, column),
  }));
  const full = columns.reduce((sum, column) => sum + column.width + 2, -2);
  if (full > width && optional.length > 0) {
    const keep = (cells: readonly string[]): string[] => cells.filter((_, place) => !optional.includes(place));
    return formatTable(keep(header), rows.map(keep));
  }
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ width: wide, right }, i) => {
        const cell = cells[i] ?? '';
        const space = ' '.repeat(Math.max(0, wide - widthOf(cell)));
        return right ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  return `${[header, ...rows].map(line).join('\n')}\n`;
}
