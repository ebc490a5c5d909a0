import { hiddenFields } from './hidden-fields.ts';
import { type Html, html } from './html.ts';
import { layout } from './layout.ts';

export interface AskedScope {
  readonly verb: 'read' | 'write';
  /** The resource's title, or `everything`. */
  readonly resource: string;
}

export interface Consent {
  readonly deployment: string;
  readonly application: string;
  /** Who is signed in. */
  readonly person: string;
  readonly csrf: string;
  readonly scopes: readonly AskedScope[];
  /** The day on which all of it ends at the latest, as `2030-01-31`. */
  readonly lastDay: string;
  /** Where the browser goes next; without one the code is shown as a PIN. */
  readonly redirectHost?: string;
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
}

const verbs = Object.freeze({
  read: { title: 'Read', detail: 'See what is there; change nothing.' },
  write: { title: 'Read and write', detail: 'See, create, change and delete.' },
});

/** `write(x)` implies `read(x)`, so a resource with both verbs is one line. */
function scopeLines(scopes: readonly AskedScope[]): readonly Html[] {
  const verbOf = new Map<string, AskedScope['verb']>();
  for (const { verb, resource } of scopes) {
    if (verbOf.get(resource) !== 'write') verbOf.set(resource, verb);
  }
  return [...verbOf].map(
    ([resource, verb]) =>
      html`<li><b>${verbs[verb].title} <bdi>${resource}</bdi></b><span>${verbs[verb].detail}</span></li>\n`,
  );
}

function next(application: string, redirectHost: string | undefined): Html {
  return redirectHost === undefined
    ? html`If you allow it, you get a PIN to enter in <bdi>${application}</bdi>.`
    : html`Either answer takes you to <strong><bdi>${redirectHost}</bdi></strong>. Go on only if you know it.`;
}

/** The question whether an application may act for a person. Posts `decision`: `allow`, `deny` or `switch` (another user). */
export function consentPage(asked: Consent): string {
  const { deployment, application, person, csrf, scopes, lastDay, redirectHost, action, hidden } = asked;
  return layout({
    title: `Allow ${application}?`,
    kind: 'task',
    signedIn: { person, csrf },
    main: html`<div class="sheet">
<h1>Allow <bdi>${application}</bdi> to act for you?</h1>
<p>You are <strong><bdi>${person}</bdi></strong> at <strong><bdi>${deployment}</bdi></strong>. <bdi>${application}</bdi> asks, in your name, ${
      scopes.length === 0 ? 'only to know who you are.' : 'to:'
    }</p>
${scopes.length > 0 && html`<ul class="scopes">\n${scopeLines(scopes)}</ul>`}
<p class="quiet">It can never do more than you may do yourself, and it ends on ${lastDay} (UTC) at the latest. ${next(application, redirectHost)}</p>
<form method="post" action="${action}">
${hiddenFields(hidden)}<div class="choices">
<button class="primary" type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Deny</button>
</div>
<button class="plain" type="submit" name="decision" value="switch">Not you? Sign in as someone else</button>
</form>
</div>`,
  });
}
