import { describe, expect, it } from '@jest/globals';
import type { DomainError } from '#kernel';
import { s3Place } from './place.js';

const problemsOf = (text: string): readonly string[] => {
  try {
    s3Place(text, 'HOLDFAST_AUDIT_LOG');
    return [];
  } catch (error) {
    return (error as DomainError).problems.map(({ code }) => code);
  }
};

describe('a place in a bucket', () => {
  it.each([
    ['s3://lab', { bucket: 'lab', prefix: '' }],
    ['//lab/', { bucket: 'lab', prefix: '' }],
    ['lab/a/b', { bucket: 'lab', prefix: 'a/b/' }],
    ['s3://lab.eu/a//b/?region=eu-central-1', { bucket: 'lab.eu', prefix: 'a/b/', region: 'eu-central-1' }],
    [
      's3://lab/x?endpoint=http://minio:9000&region=here',
      { bucket: 'lab', prefix: 'x/', endpoint: 'http://minio:9000', region: 'here' },
    ],
  ])('is taken apart: %s', (text, place) => expect(s3Place(text, 'HOLDFAST_AUDIT_LOG')).toEqual(place));

  it.each([
    ['s3://', ['BUCKET_INVALID']],
    ['s3://AB', ['BUCKET_INVALID']],
    ['s3://lab?endpoint=minio:9000', ['ENDPOINT_INVALID']],
    ['s3://lab?endpoint=http://key:word@minio:9000', ['ENDPOINT_INVALID']],
    ['s3://L?endpoint=nowhere&secret=x', ['BUCKET_INVALID', 'ENDPOINT_INVALID', 'SETTING_UNKNOWN']],
  ])('is refused with every problem: %s', (text, problems) => expect(problemsOf(text)).toEqual(problems));

  it('never tells credentials that were written into it', () => {
    let told = '';
    try {
      s3Place('s3://lab?endpoint=http://AKIAKEY:verysecret@minio:9000&token=topsecret', 'HOLDFAST_AUDIT_LOG');
    } catch (error) {
      told = `${String(error)} ${JSON.stringify(error)}`;
    }
    expect(told).toContain('HOLDFAST_AUDIT_LOG');
    expect(told).not.toMatch(/AKIAKEY|verysecret|topsecret/);
  });
});
