const ascii = /^[\0-\x7f]*$/;

/**
 * Text as searches compare it: Unicode's full case folding, by way of both cases (`ß` and `ẞ` are `ss`, and both small sigmas are one letter), and
 * `i` with and without its dot is one letter, as a keyboard of another language writes it. Every engine folds what it keeps in the same way.
 */
export const foldCase = (text: string): string =>
  ascii.test(text)
    ? text.toLowerCase()
    : text
        .toLowerCase()
        .toUpperCase()
        .toLowerCase()
        .replaceAll('\u03c2', '\u03c3')
        .replaceAll('i\u0307', 'i');
