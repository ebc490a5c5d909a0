import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.parse>;

/** A list of address ranges, parsed once. */
export type Ranges = readonly (readonly [network: Address, bits: number])[];

/**
 * CIDR ranges and single addresses, IPv4 and IPv6; an IPv4-mapped IPv6 range means the IPv4 range it maps.
 * Throws an `Error` that names the bad entry; `192.168.1` and `010.0.0.1`, which other readers take differently, are bad.
 */
export function parseRanges(list: readonly string[]): Ranges {
  return Object.freeze(list.map((entry) => parseRange(entry.trim())));
}

/** Whether an address is within a list. What is not an address is in no list. */
export function contains(ranges: Ranges, address: string): boolean {
  const parsed = parseAddress(address);
  if (parsed === undefined) return false;
  return ranges.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
}

/** An address in its shortest form, IPv4-mapped IPv6 as IPv4; `undefined` when it is none. */
export function canonical(address: string): string | undefined {
  return parseAddress(address)?.toString();
}

/**
 * Whether an address is one of the public internet: not loopback, link-local, private, unique-local, multicast, shared or reserved, and not
 * an IPv6 form that stands for an IPv4 address, whichever that is. What is not an address is not public.
 */
export function isPublic(address: string): boolean {
  const parsed = parseAddress(address, false);
  if (parsed?.range() !== 'unicast') return false;
  // 2000::/3 is all there is of global unicast; elsewhere are forms that embed IPv4 addresses.
  return parsed instanceof ipaddr.IPv4 || ((parsed.parts[0] ?? 0) & 0xe000) === 0x2000;
}

function parseRange(entry: string): readonly [Address, number] {
  const slash = entry.indexOf('/');
  const network = parseAddress(slash < 0 ? entry : entry.slice(0, slash), false);
  if (network === undefined) throw new Error(`not an IP address or CIDR range: ${JSON.stringify(entry)}`);
  const width = network.kind() === 'ipv4' ? 32 : 128;
  const bits = slash < 0 ? width : prefixLength(entry.slice(slash + 1));
  if (bits === undefined || bits > width) {
    throw new Error(`not a CIDR prefix length from 0 to ${width}: ${JSON.stringify(entry)}`);
  }
  if (network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress()) {
    if (bits >= 96) return Object.freeze([network.toIPv4Address(), bits - 96] as const);
    throw new Error(`a CIDR range across IPv4 and IPv6; write two: ${JSON.stringify(entry)}`);
  }
  return Object.freeze([network, bits] as const);
}

function prefixLength(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) ? Number(text) : undefined;
}

function parseAddress(text: string, unmap = true): Address | undefined {
  if (text.length > 64) return undefined;
  if (!text.includes(':')) {
    return ipaddr.IPv4.isValidFourPartDecimal(text) ? ipaddr.IPv4.parse(text) : undefined;
  }
  if (!ipaddr.IPv6.isValid(text)) return undefined;
  return unmap ? ipaddr.process(text) : ipaddr.IPv6.parse(text);
}
