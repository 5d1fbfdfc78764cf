const utf8 = new TextEncoder();

/** 64-bit FNV-1a, continued from `hash`. */
function hashed(bytes: Iterable<number>, hash = 0xcbf29ce484222325n): bigint {
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}

/** The eight bytes of a hash, the highest first. */
function bytesOf(hash: bigint): Iterable<number> {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, hash);
  return new Uint8Array(view.buffer);
}

/** A packet's fingerprint: the hash of its schema's text, `->`, and its response's hash. */
export function fingerprint(schema: string, response: string): bigint {
  return hashed(bytesOf(hashed(utf8.encode(response))), hashed(utf8.encode(`${schema}->`)));
}

/** A registry's digest: the hash over all names and fingerprints in the order of their ids. */
export function digest(packets: Iterable<{ name: string; fingerprint: bigint }>): bigint {
  let hash: bigint | undefined;
  for (const packet of packets) hash = hashed(bytesOf(packet.fingerprint), hashed(utf8.encode(`${packet.name}\0`), hash));
  return hash!;
}
