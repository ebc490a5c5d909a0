import { html } from './html.ts';
import { layout } from './layout.ts';
import { qrCode } from './qr-code.ts';
import type { SignedInAs } from './signed-in.ts';

export interface Pin {
  readonly application: string;
  readonly signedIn: SignedInAs;
  readonly pin: string;
  /** How long the PIN is good for. */
  readonly minutes: number;
}

/** Groups for the eye only: there is no character between them, so a copy is the PIN and nothing else. */
function groups(pin: string): readonly string[] {
  const characters = [...pin];
  const width = characters.length % 4 !== 0 && characters.length % 3 === 0 ? 3 : 4;
  return Array.from({ length: Math.ceil(characters.length / width) }, (_, index) =>
    characters.slice(index * width, (index + 1) * width).join(''),
  );
}

/** The authorization code of an installed application, for a person to carry over. */
export async function pinPage({ application, signedIn, pin: code, minutes }: Pin): Promise<string> {
  return layout({
    title: `PIN for ${application}`,
    kind: 'task',
    signedIn,
    main: html`<div class="sheet">
<h1>Your PIN for <bdi>${application}</bdi></h1>
<p id="use">Enter it there to finish. It works once, within ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.</p>
<p class="pin" id="pin" translate="no">${groups(code).map((group) => html`<span>${group}</span>`)}</p>
<figure>
${await qrCode(code, 'QR code of the PIN above')}
<figcaption>The same PIN, for a camera</figcaption>
</figure>
<p class="quiet">Do not share it: anyone who has it can act in your name. Close this page when <bdi>${application}</bdi> has accepted it.</p>
</div>`,
  });
}
