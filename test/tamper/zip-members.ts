import { openZip, writeZip } from '#stored-zip';
import { DomainError } from '#kernel';
import { mutations, type Dice } from './mutations.js';

interface Member {
  readonly name: string;
  readonly mode: number;
  readonly described: boolean;
  readonly bytes: Buffer;
}

const refused = (message: string) => new DomainError('invalid', 'SPECIMEN_INVALID', message);
const limits = { entries: 1_000, directoryBytes: 2 ** 20 };
const cargo = {
  noun: 'specimen',
  invalid: refused,
  unreadable: (_: string, message: string) => refused(message),
};

async function membersOf(path: string): Promise<readonly Member[]> {
  const zip = await openZip(path, limits, cargo);
  try {
    const members: Member[] = [];
    for (const entry of zip.entries.values()) {
      const { name, mode, described } = entry;
      members.push({ name, mode, described, bytes: Buffer.concat(await Array.fromAsync(zip.read(entry))) });
    }
    return members;
  } finally {
    zip.close();
  }
}

async function packed(members: readonly Member[]): Promise<Buffer> {
  const parts = members.map(({ name, mode, described, bytes }) => ({
    ...{ name, mode, sizeBytes: bytes.length },
    content: described
      ? async function* () {
          if (bytes.length > 0) yield bytes;
        }
      : bytes,
  }));
  return Buffer.concat(await Array.fromAsync(writeZip(parts)));
}

/** What can happen to members as a whole; each is given the place of one and of another. */
const wholes: Readonly<Record<string, (members: readonly Member[], at: number, other: number) => Member[]>> =
  {
    remove: (members, at) => members.filter((_, i) => i !== at),
    exchange: (members, at, other) =>
      members.map((member, i) =>
        i === at || i === other ? { ...member, bytes: (members[at + other - i] as Member).bytes } : member,
      ),
    'change places': (members, at, other) =>
      members.map((member, i) => (i === at || i === other ? (members[at + other - i] as Member) : member)),
    'double under another name': (members, at, other) => [
      ...members,
      { ...(members[at] as Member), name: `${(members[other] as Member).name}~` },
    ],
    rename: (members, at) =>
      members.map((member, i) => (i === at ? { ...member, name: `${member.name.slice(0, -1)}~` } : member)),
  };

/** Changes a member and packs all of them anew, with right sums: what whoever tampers with a zip does. @returns how, the member, and the zip */
export async function withinZip(path: string, dice: Dice) {
  const members = await membersOf(path);
  const kinds = [...Object.keys(mutations), ...Object.keys(wholes)];
  const kind = kinds[dice(kinds.length)] as string;
  const [at, other] = [dice(members.length), dice(members.length)];
  const { name, bytes } = members[at] as Member;
  const mutate = mutations[kind];
  const mutated = (): Member[] =>
    members.map((member, i) =>
      i === at && mutate && bytes.length > 0 ? { ...member, bytes: mutate(bytes, dice) } : member,
    );
  const changed = mutate === undefined ? wholes[kind]?.(members, at, other) : mutated();
  return { kind: `${kind} within`, part: name, bytes: await packed(changed ?? members) };
}

/** Unchanged, it is the same zip, byte for byte: what a verifier refuses afterwards is the change. */
export const packedAgain = async (path: string): Promise<Buffer> => packed(await membersOf(path));
