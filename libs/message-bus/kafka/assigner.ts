import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;

/**
 * Gives each partition to a member that reads its topic. kafkajs's own gives every member partitions of the topics of the member that
 * happens to lead: where members read different topics, some would be read by nobody.
 */
export const byTopicsRead: PartitionAssigner = ({ cluster }) => ({
  name: 'holdfast-by-topics-read',
  version: 0,

  async assign({ members }) {
    const readers = members
      .map(({ memberId, memberMetadata }) => ({
        memberId,
        topics: MemberMetadata.decode(memberMetadata)?.topics ?? [],
        assignment: {} as Record<string, number[]>,
      }))
      .sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
    const topics = [...new Set(readers.flatMap((reader) => reader.topics))].sort();
    await cluster.addMultipleTargetTopics(topics);
    let turn = 0;
    for (const topic of topics) {
      const mine = readers.filter((reader) => reader.topics.includes(topic));
      for (const { partitionId } of cluster.findTopicPartitionMetadata(topic)) {
        const reader = mine[turn++ % mine.length];
        if (reader) (reader.assignment[topic] ??= []).push(partitionId);
      }
    }
    return readers.map(({ memberId, assignment }) => ({
      memberId,
      memberAssignment: MemberAssignment.encode({ version: 0, assignment, userData: Buffer.alloc(0) }),
    }));
  },

  protocol: ({ topics }) => ({
    name: 'holdfast-by-topics-read',
    metadata: MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
  }),
});
