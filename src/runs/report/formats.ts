import { junitReport } from './junit.ts';
import type { Report } from './report.ts';
import { sarifReport } from './sarif.ts';
import { textReport } from './text.ts';

interface ReportFormat {
  readonly type: string;
  /** `file`: where the exchanges are, one a line. */
  readonly write: (report: Report, file?: string) => string;
}

export type ReportFormatName = 'text' | 'junit' | 'sarif' | 'json';

export const reportFormats: Readonly<Record<ReportFormatName, ReportFormat>> = Object.freeze({
  text: { type: 'text/plain; charset=utf-8', write: textReport },
  junit: { type: 'application/xml; charset=utf-8', write: junitReport },
  sarif: { type: 'application/sarif+json; charset=utf-8', write: sarifReport },
  json: {
    type: 'application/json; charset=utf-8',
    write: (report: Report) => `${JSON.stringify(report, null, 2)}\n`,
  },
});

export const isReportFormat = (name: string): name is ReportFormatName => Object.hasOwn(reportFormats, name);
