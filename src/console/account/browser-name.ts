// In this order: a browser names those whose pages it can show, and the system it pretends to be, behind or before itself.
const browsers = [
  ['Edg', 'Edge'],
  ['OPR', 'Opera'],
  ['SamsungBrowser', 'Samsung Internet'],
  ['Firefox', 'Firefox'],
  ['FxiOS', 'Firefox'],
  ['CriOS', 'Chrome'],
  ['Chrome', 'Chrome'],
  ['Safari', 'Safari'],
] as const;
const systems = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['CrOS', 'ChromeOS'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
] as const;

const shownMax = 60;

/** What a person calls the browser that sent this `User-Agent`. */
export function browserName(agent: string | undefined): string {
  if (!agent) return 'A browser that gives no name';
  const browser = browsers.find(([mark]) => agent.includes(`${mark}/`))?.[1];
  if (browser === undefined) return agent.slice(0, shownMax);
  const system = systems.find(([mark]) => agent.includes(mark))?.[1];
  return system === undefined ? browser : `${browser} on ${system}`;
}
