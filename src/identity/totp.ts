/** Seconds that a code is valid for. */
export const codePeriod = 30;
/** Steps before and after the current one whose codes are accepted too: clocks differ, and typing takes time (RFC 6238, 5.2 and 6). */
const stepsAside = 1;

// What every authenticator app supports; many ignore other values of a key URI.
const appDefaults = Object.freeze({ algorithm: 'SHA1', digits: 6, period: codePeriod });

/** A new key in base32, of the 160 random bits that RFC 4226 (4, R6) recommends. */
export async function newTotpKey(): Promise<string> {
  const { Secret } = await import('otpauth');
  return new Secret().base32;
}

/** The key as apps read it from a QR code. */
export async function keyUri(
  key: string,
  { issuer, username }: { readonly issuer: string; readonly username: string },
): Promise<string> {
  const { TOTP } = await import('otpauth');
  // A colon is what ends the issuer in a label.
  const named = issuer.toWellFormed().replaceAll(':', ' ');
  return new TOTP({ ...appDefaults, issuer: named, label: username.toWellFormed(), secret: key }).toString();
}

/** The step that a code of this key is for, if it is one that may be given now; `undefined`: it is not right. `now` in unix seconds. */
export async function stepOfCode(key: string, code: string, now: number): Promise<number | undefined> {
  // The library compares bytes, and throws where there are more of them than characters.
  if (!/^\d+$/.test(code)) return undefined;
  const { Secret, TOTP } = await import('otpauth');
  const timestamp = now * 1_000;
  const secret = Secret.fromBase32(key);
  const delta = TOTP.validate({ ...appDefaults, secret, token: code, timestamp, window: stepsAside });
  return delta === null ? undefined : TOTP.counter({ period: codePeriod, timestamp }) + delta;
}
