export { attemptMs, openS3Client, type S3Access } from './client.js';
export { s3Place, type S3Place } from './place.js';
