import { type Html, html } from './html.ts';

// ISO/IEC 18004 asks for four light modules on every side.
const margin = 4;

/** A QR code of a text as inline SVG, dark on light in every colour scheme: many readers do not read it inverted. */
export async function qrCode(text: string, alternative: string): Promise<Html> {
  const { default: qrcode } = await import('qrcode');
  const { data, size } = qrcode.create(text.toWellFormed(), { errorCorrectionLevel: 'M' }).modules;
  let path = '';
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      if (data[row * size + column]) path += `M${column + margin} ${row + margin}h1v1h-1z`;
    }
  }
  const side = size + 2 * margin;
  return html`<svg class="code" role="img" aria-label="${alternative}" viewBox="0 0 ${side} ${side}" width="${side * 4}" height="${side * 4}" shape-rendering="crispEdges"><path fill="#ffffff" d="M0 0h${side}v${side}H0z"/><path fill="#000000" d="${path}"/></svg>`;
}
