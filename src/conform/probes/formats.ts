import type { Bench } from '../bench.ts';
import { type Difference, differs, displayed, type Probe, unless } from '../probe.ts';
import { type BodyFormat, isFormat } from '../reading.ts';
import { api, type ProbeAnswer, type Sending } from '../sending.ts';
import { metered } from './metered.ts';

function inFormat(answered: ProbeAnswer, format: BodyFormat): readonly Difference[] {
  const { http, text } = answered;
  if (http !== 200) return [differs('HTTP 200', `HTTP ${http}`, answered)];
  const looks = {
    json: 'an object with response',
    xml: 'a document whose root is <api>',
    yaml: 'a map in YAML',
  };
  return unless(isFormat(text, format), looks[format], displayed(text), answered);
}

const probe = (format: BodyFormat, name: string, path: string, headers: Sending['headers'] = {}): Probe => ({
  row: `format.${format}`,
  name,
  needs: ['token'],
  run: async (bench: Bench) =>
    inFormat(await bench.send(await metered(bench, `${api}/${path}`, { headers })), format),
});

/** The three formats, and how one is asked for. */
export const formats: readonly Probe[] = [
  probe('json', 'a browser says what it takes', 'staff?_limit=1', {
    Accept: 'text/html, image/gif, */*; q=0.2',
  }),
  probe('json', 'the suffix .json before another Accept', 'staff.json?_limit=1', {
    Accept: 'application/xml',
  }),
  probe('xml', 'by suffix', 'staff.xml?_limit=1'),
  probe('xml', 'by Accept', 'staff?_limit=1', { Accept: 'application/xml' }),
  probe('yaml', 'by suffix', 'staff.yaml?_limit=1'),
  probe('yaml', 'by Accept', 'staff?_limit=1', { Accept: 'application/yaml' }),
];
