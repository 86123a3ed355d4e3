import type { sendUnaryData, ServiceDefinition } from '@grpc/grpc-js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';

/** What makes a client believe that it speaks to a recent server, and makes it append by `BatchAppend`. */
export function getSupportedMethods(version: string, services: readonly ServiceDefinition[]) {
  const supported = new features.SupportedMethods().setEventStoreServerVersion(version);
  for (const { path } of services.flatMap((service) => Object.values(service))) {
    const [, service = '', method = ''] = path.split('/');
    supported.addMethods(
      new features.SupportedMethod().setServiceName(service).setMethodName(method.toLowerCase()),
    );
  }
  return (_call: unknown, answer: sendUnaryData<InstanceType<typeof features.SupportedMethods>>): void =>
    answer(null, supported);
}
