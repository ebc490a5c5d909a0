/** What the checks ask of a shown page. These run in the browser: each stands alone, without closures. */

// The part of the DOM that is read here. The whole of its types (lib "dom") would let the server's code name `document` too.
interface Box {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly height: number;
}
interface Shown {
  readonly id: string;
  readonly tagName: string;
  readonly textContent: string;
  readonly parentElement: Shown | null;
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string }>;
  readonly scrollWidth: number;
  getAttribute(name: string): string | null;
  closest(selector: string): Shown | null;
  getBoundingClientRect(): Box;
}
declare const document: {
  readonly activeElement: Shown;
  readonly body: Shown;
  readonly documentElement: Shown;
  querySelector(selector: string): Shown | null;
  querySelectorAll(selector: string): Iterable<Shown>;
};
declare function getComputedStyle(of: Shown): {
  readonly backgroundColor: string;
  readonly borderTopColor: string;
  readonly color: string;
  readonly display: string;
  readonly outlineStyle: string;
  readonly outlineWidth: string;
};
declare function getSelection(): { toString(): string };

/** The style was not refused. */
export function isStyled(): boolean {
  return getComputedStyle(document.body).display === 'flex';
}

/** What reaches beyond a screen of that width, and what is too low to be hit with a finger. */
export function misfits(width: number): { wide: string[]; low: string[] } {
  const name = (one: Shown): string => `${one.tagName} ${one.textContent.slice(0, 40)}`;
  // A head that only screen readers get is clipped away.
  const wide = [...document.querySelectorAll('body *')].filter(
    (one) => one.getBoundingClientRect().right > width && one.closest('thead') === null,
  );
  // A box to check is pressed by its label, and what only password managers see by nobody.
  const pressed = 'input:not([type=hidden], [type=checkbox], .heard), label.check';
  const low = [
    ...document.querySelectorAll(`button, ${pressed}, nav a, a.brand, a.button, .signed-in a, .back a`),
  ].filter((one) => one.getBoundingClientRect().height < 44);
  const scrolls = document.documentElement.scrollWidth > width;
  return { wide: [...wide.map(name), ...(scrolls ? ['the page scrolls'] : [])], low: low.map(name) };
}

/** What has the focus, and whether a person sees that it has. */
export function focused(): { name: string; seen: boolean } {
  const one = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  return {
    name: one.getAttribute('href') || one.getAttribute('value') || one.id || one.textContent,
    seen:
      outlineStyle === 'solid' &&
      Number.parseFloat(outlineWidth) >= 2 &&
      one.getBoundingClientRect().top >= 0 &&
      one.getBoundingClientRect().height > 0,
  };
}

/** How far below the upper edge of the screen the target of the address is; -1 without one. */
export function targetTop(): number {
  return document.querySelector(':target')?.getBoundingClientRect().top ?? -1;
}

export function selected(): string {
  return getSelection().toString();
}

interface Contrast {
  readonly of: string;
  readonly ratio: number;
}

/** The contrast (WCAG 2.2, 1.4.3 and 1.4.11) of every text with what is painted behind it, and of the edges of fields. */
export function contrasts(): { ground: string; texts: Contrast[]; edges: Contrast[] } {
  type Colour = readonly [red: number, green: number, blue: number, alpha: number];
  const parse = (value: string): Colour => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (value.match(/[\d.]+/g) ?? []).map(Number);
    return [red, green, blue, alpha];
  };
  const over = (top: Colour, below: Colour): Colour => {
    const mix = (part: 0 | 1 | 2): number => top[part] * top[3] + below[part] * (1 - top[3]);
    return [mix(0), mix(1), mix(2), 1];
  };
  const behind = (one: Shown | null): Colour =>
    one === null
      ? [255, 255, 255, 1]
      : over(parse(getComputedStyle(one).backgroundColor), behind(one.parentElement));
  const linear = (part: number): number =>
    part <= 10 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
  const luminance = ([red, green, blue]: Colour): number =>
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const contrast = (one: Colour, other: Colour): number => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
    return (light + 0.05) / (dark + 0.05);
  };
  const texts = [...document.querySelectorAll('body *')]
    .filter((one) => one.closest('svg') === null)
    .filter((one) =>
      [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== ''),
    )
    .map((one) => ({
      of: one.textContent.slice(0, 40),
      ratio: contrast(over(parse(getComputedStyle(one).color), behind(one)), behind(one)),
    }));
  const edges = [...document.querySelectorAll('input:not([type=hidden])')].map((one) => ({
    of: one.id,
    ratio: contrast(parse(getComputedStyle(one).borderTopColor), behind(one.parentElement)),
  }));
  return { ground: getComputedStyle(document.body).backgroundColor, texts, edges };
}
