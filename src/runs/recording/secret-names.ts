const words: ReadonlySet<string> = new Set([
  ...['password', 'passwd', 'passphrase', 'pwd', 'pin', 'otp', 'secret', 'secrets', 'token', 'tokens'],
  ...['apikey', 'authorization', 'credential', 'credentials', 'cookie', 'cookies', 'csrf', 'jwt', 'bearer'],
  ...['verifier', 'assertion', 'signature', 'session', 'sessionid'],
]);

/** Whether the name of a parameter or field says that its value is secret: `client_secret`, `apiKey`, `Password2`. */
export function isSecretName(name: string): boolean {
  const parts = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/);
  return parts.some((part, i) => words.has(part) || words.has(`${part}${parts[i + 1] ?? ''}`));
}

/** What may be said of the OAuth endpoints' parameters and answers; all others there are secret, or personal. */
export const plainInOAuth: ReadonlySet<string> = new Set([
  ...['grant_type', 'client_id', 'scope', 'response_type', 'redirect_uri', 'code_challenge_method', 'prompt'],
  ...['token_type', 'token_type_hint', 'expires_in', 'deployment', 'deployment_name', 'deployment_uri'],
  ...['account_id', 'error', 'error_description', 'error_uri', 'status', 'meta', 'message', 'more_info'],
  'response_code',
]);

/** Headers whose values are recorded; of all others only a fingerprint. */
export const plainHeaders: ReadonlySet<string> = new Set([
  ...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'accept-ranges', 'allow'],
  ...['cache-control', 'connection', 'content-disposition', 'content-encoding', 'content-length'],
  ...['content-range', 'content-type', 'date', 'etag', 'expect', 'host', 'if-match', 'if-none-match'],
  ...['location', 'origin', 'pragma', 'range', 'ratelimit', 'ratelimit-policy', 'retry-after', 'server'],
  ...['transfer-encoding', 'user-agent', 'vary', 'www-authenticate', 'x-ratelimit-limit'],
  ...['x-ratelimit-remaining', 'x-ratelimit-reset', 'x-request-id', 'x-status', 'x-status-cause'],
  ...['x-status-ignored', 'x-status-reason'],
]);
