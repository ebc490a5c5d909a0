// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 forbids
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;
const special = /[<>&\r]/g;
const inText: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '\r': '&#13;' };

/** A text as the content of an XML element. What XML 1.0 cannot express becomes U+FFFD; a carriage return is kept, which a bare one would not be. */
export function xmlText(text: string): string {
  return text.replace(forbidden, '\ufffd').replace(special, (character) => inText[character] ?? character);
}

/** A text as the value of an XML attribute, in double quotes. */
export function xmlAttribute(text: string): string {
  return xmlText(text).replaceAll('"', '&quot;').replaceAll('\t', '&#9;').replaceAll('\n', '&#10;');
}
