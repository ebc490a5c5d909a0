import { outgoingTimeouts } from '../../http/timeouts.ts';
import type { Sink } from '../incidents.ts';

/** Mails incidents through an SMTP server (`smtp://user:password@host:587`). */
export const smtpSink = (url: string, to: string): Sink => ({
  name: 'smtp',
  deliver: async ({ cause, title, count, requestId, method, path, detail, fingerprint, at }) => {
    const { createTransport } = await import('nodemailer');
    const transport = createTransport({
      url,
      connectionTimeout: outgoingTimeouts.incidentMs,
      greetingTimeout: outgoingTimeouts.incidentMs,
      socketTimeout: outgoingTimeouts.incidentMs,
    } as never);
    try {
      await transport.sendMail({
        from: `Accord <accord@${new URL(url).hostname}>`,
        to,
        subject: `[accord] ${cause}: ${title}`.slice(0, 200),
        text: [
          `${count} × ${cause} (${title}), last at ${new Date(at * 1_000).toISOString()}`,
          `request ${requestId}: ${method} ${path}`,
          `fingerprint ${fingerprint}`,
          '',
          detail,
        ].join('\n'),
      });
    } finally {
      transport.close();
    }
  },
});
