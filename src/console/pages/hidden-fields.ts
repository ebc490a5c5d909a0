import { type Html, html } from './html.ts';

/** What a form carries along: the CSRF token and the authorization request. Browsers send a line feed back as CR LF. */
export function hiddenFields(hidden: Readonly<Record<string, string>>): readonly Html[] {
  return Object.entries(hidden).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}"/>\n`,
  );
}
