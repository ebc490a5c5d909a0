import { type Html, html } from './html.ts';

/** The field for the six digits that an app shows. Phones offer the digits to type, and password managers the code. */
export const codeField = (blamed: Html | false): Html => html`<div class="field">
<label for="code">Code</label>
<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" autocapitalize="none" autocorrect="off" spellcheck="false" required=""${blamed}/>
</div>`;

/** For a field beside which an error stands. */
export const blame = (error: string | undefined): Html | false =>
  error !== undefined && html` aria-invalid="true" aria-describedby="error"`;
