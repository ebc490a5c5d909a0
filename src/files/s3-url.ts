/** A bucket, or a part of one, and the credentials for it. */
export interface S3Place {
  /** The bucket's URL, without a slash at the end. */
  readonly base: string;
  /** Of the objects' keys; empty, or with a slash at its end. */
  readonly prefix: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/**
 * Reads `s3://bucket/prefix?region=…&endpoint=https://…`. Without an endpoint it is Amazon's of the region, with the bucket in the host; with one
 * the bucket is in the path, as self-hosted storage has it. Credentials come from `s3://key:secret@bucket` or the `AWS_*` variables.
 * Throws an Error whose message says what is valid, and never what was given: that may be a secret.
 */
export function readS3Url(text: string, environment: Readonly<Record<string, string | undefined>>): S3Place {
  if (!URL.canParse(text)) throw new Error('s3://bucket?region=… is wanted');
  const url = new URL(text);
  const { hostname: bucket, searchParams } = url;
  if (url.protocol !== 's3:' || !/^[A-Za-z0-9][A-Za-z0-9.-]{1,62}$/.test(bucket) || url.port !== '')
    throw new Error('s3:// and the name of a bucket are wanted');
  for (const name of searchParams.keys()) {
    if (name !== 'region' && name !== 'endpoint')
      throw new Error('only region and endpoint may follow the question mark');
  }
  const region = searchParams.get('region') ?? (environment.AWS_REGION || 'us-east-1');
  if (!/^[a-z0-9-]{1,40}$/.test(region)) throw new Error('the region is no name of one');
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '');
  if (!/^[A-Za-z0-9._/-]*$/.test(prefix) || prefix.split('/').some((part) => part === '.' || part === '..'))
    throw new Error('a prefix of letters, digits, dots, dashes and slashes is wanted');
  const given = url.username !== '';
  const accessKeyId = given ? decodeURIComponent(url.username) : environment.AWS_ACCESS_KEY_ID;
  const secretAccessKey = given ? decodeURIComponent(url.password) : environment.AWS_SECRET_ACCESS_KEY;
  if (!accessKeyId || !secretAccessKey) {
    throw new Error('credentials are wanted: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in the URL');
  }
  return {
    base: baseOf(bucket, region, searchParams.get('endpoint')),
    prefix: prefix === '' ? '' : `${prefix}/`,
    region,
    accessKeyId,
    secretAccessKey,
    sessionToken: given ? undefined : environment.AWS_SESSION_TOKEN || undefined,
  };
}

function baseOf(bucket: string, region: string, endpoint: string | null): string {
  if (endpoint === null) return `https://${bucket}.s3.${region}.amazonaws.com`;
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol))
    throw new Error('the endpoint is a URL that begins with https:// or http://');
  const { origin, pathname } = new URL(endpoint);
  return `${origin}${pathname.replace(/\/+$/, '')}/${bucket}`;
}
