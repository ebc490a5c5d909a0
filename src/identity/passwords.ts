/** Characters; argon2 itself has no limit, and its work grows with them. */
const lengthMax = 1_024;
/** Characters. There are no rules about kinds of characters: they make passwords worse. */
const lengthMin = 8;
/** Each computation takes 19 MiB and some 50 ms: a flood of sign-ins must not take the machine. */
const runningMax = 2;
/** Some seconds' worth: the next one is refused at once, not after a minute. */
const waitingMax = 200;

let running = 0;
const waiting: (() => void)[] = [];

/** Too many at once. It says nothing about the password. */
class Crowded extends Error {}

async function queued<T>(work: () => Promise<T>): Promise<T> {
  // A place is handed over, never released and taken again: between the two a newcomer could take it.
  if (waiting.length >= waitingMax) throw new Crowded(`${waitingMax} passwords wait to be checked`);
  if (running >= runningMax) await new Promise<void>((resume) => waiting.push(resume));
  else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

/** Whose password it is, and where it is used: words that an attacker would try first. */
export interface PasswordOwner {
  readonly username?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly firstname?: string | null | undefined;
  readonly surname?: string | null | undefined;
  /** The name and the title of the deployment. */
  readonly deployment?: { readonly name: string; readonly title: string } | undefined;
}

/** Of this product and of the API that it speaks. */
const productWords = ['accord', 'accelo'];
/** Characters; shorter names are parts of too many words. */
const wordLengthMin = 3;

/** Lower-case words that say whose password it is, or where it is used; the longest first. */
function contextWords({ username, email, firstname, surname, deployment }: PasswordOwner): readonly string[] {
  const names = [username, email, firstname, surname, deployment?.name, deployment?.title];
  const words = names.flatMap((name) => (name ?? '').toLowerCase().split(/[^\p{L}\p{N}]+/u));
  return [...new Set([...productWords, ...words])]
    .filter((word) => [...word].length >= wordLengthMin)
    .sort((one, other) => other.length - one.length);
}

/** Why this password is not accepted, for people; `undefined` when it is. */
export async function passwordProblem(password: string, owner: PasswordOwner): Promise<string | undefined> {
  if ([...password].length < lengthMin)
    return `it has fewer than ${lengthMin} characters; 15 or more are better`;
  if (password.length > lengthMax) return `it has more than ${lengthMax} characters`;
  const lower = password.toLowerCase();
  if (lower === owner.username?.toLowerCase() || lower === owner.email?.toLowerCase())
    return 'it is the username or the email address';
  const { commonPasswords } = await import('./common-passwords.ts');
  if (commonPasswords.has(lower)) return 'it is one of the passwords that are guessed first';
  const rest = contextWords(owner).reduce((left, word) => left.replaceAll(word, ''), lower);
  return [...rest].length < lengthMin
    ? `names of the person, the deployment and the product do not count, and it has fewer than ${lengthMin} characters beside them`
    : undefined;
}

/** argon2id with the library's (OWASP's) parameters. Throws an Error with a message for people for a password that is too long. */
export async function hashPassword(password: string): Promise<string> {
  if (password.length > lengthMax) throw new Error(`a password has at most ${lengthMax} characters`);
  const { hash } = await import('@node-rs/argon2');
  return queued(() => hash(password));
}

/** The same of a short secret that the server made, with a salt that is kept elsewhere: equal secrets have equal hashes. */
export async function hashWithSalt(secret: string, salt: Buffer): Promise<string> {
  const { hashRaw } = await import('@node-rs/argon2');
  return (await queued(() => hashRaw(secret, { ...kept, salt }))).toString('base64url');
}

// What the library uses by itself, written down: a hash without its parameters has to be found again after an update.
const kept = Object.freeze({ memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 });

// Of no password that anybody knows, with the parameters of `hashPassword`: verified where there is no such person.
const nobody =
  '$argon2id$v=19$m=19456,t=2,p=1$7BLE0jp7dTescLDyVh85cQ$mIp4e8axuTbSYNZzWaw/oTlGgAWSjuB0EPMR+Su8gOw';

/** Whether the password is the hash's. Throws when too many wait to be told. Without a hash (no such person) it costs the same, and the answer is no. */
export async function verifyPassword(hashed: string | undefined, password: string): Promise<boolean> {
  const { verify } = await import('@node-rs/argon2');
  const right = await queued(() => verify(hashed ?? nobody, password.slice(0, lengthMax))).catch(
    (error: unknown) => {
      if (error instanceof Crowded) throw error;
      return false;
    },
  );
  return right && hashed !== undefined && password.length <= lengthMax;
}
