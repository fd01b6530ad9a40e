// Parts of a Markdown document that a program writes, between two comments that name them.

/**
 * The document with another text between `<!-- name -->` and `<!-- /name -->`.
 * @param {string} document
 * @param {string} name
 * @param {string} text
 * @throws if the document has not exactly one such place
 */
export function replaceSection(document, name, text) {
  const [open, close] = [`<!-- model: ${name} -->`, `<!-- /model: ${name} -->`];
  const [before, rest, again] = document.split(open);
  const after = rest?.split(close);
  if (again !== undefined || after?.length !== 2) throw new Error(`the document has not one ${open} with its ${close}`);
  return `${before}${open}\n\n${text}\n\n${close}${after[1]}`;
}
