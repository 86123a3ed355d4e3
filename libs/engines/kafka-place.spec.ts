import { describe, expect, it } from '@jest/globals';
import type { DomainError } from '#kernel';
import { kafkaPlace } from './kafka-place.js';

const problemsOf = (text: string): readonly string[] => {
  try {
    kafkaPlace(text);
    return [];
  } catch (error) {
    expect(JSON.stringify(error)).not.toContain('hunter2');
    return (error as DomainError).problems.map(({ message }) => message);
  }
};

describe('where Kafka is', () => {
  it('is a list of brokers', () => {
    expect(kafkaPlace('kafka://a:9092,[::1]:9093')).toEqual({ brokers: ['a:9092', '[::1]:9093'] });
    expect(kafkaPlace('//a:9092')).toEqual({ brokers: ['a:9092'] });
  });

  it('may have a user, TLS, and what new topics are like', () => {
    expect(kafkaPlace('//lab:p%40ss@a:9092?tls=true&partitions=12&replicas=3')).toEqual({
      brokers: ['a:9092'],
      ssl: true,
      sasl: { mechanism: 'scram-sha-512', username: 'lab', password: 'p@ss' },
      partitions: 12,
      replicas: 3,
    });
    expect(kafkaPlace('//u:p@a:1?sasl=plain&tls=false')).toEqual({
      brokers: ['a:1'],
      sasl: { mechanism: 'plain', username: 'u', password: 'p' },
    });
  });

  it('is refused with everything that is wrong, and without what could be a secret', () => {
    expect(problemsOf('//a:1?tls=yes&sasl=plain&replicas=0&hurry=1')).toEqual([
      'tls is true or false',
      'replicas is a number from 1 to 99',
      'there is no option hurry',
      'sasl needs user:password@',
    ]);
    expect(problemsOf('//u:hunter2@a:1,b?partitions=hunter2')).toEqual([
      'no list of brokers',
      'partitions is a number from 1 to 9999',
    ]);
    expect(problemsOf('//u:hunter2%zz@a:1')).toEqual(['a % in user or password is written %25']);
    expect(problemsOf('')).toEqual(['no list of brokers']);
  });
});
