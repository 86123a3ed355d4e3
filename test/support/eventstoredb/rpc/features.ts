import type { sendUnaryData, ServiceDefinition } from '@grpc/grpc-js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';

/** What recent servers say of a method beyond that it is there. */
const featuresOf: Readonly<Record<string, readonly string[]>> = {
  read: ['position', 'events'],
  batchappend: ['deadline_duration'],
};

/** What makes a client believe that it speaks to a recent server, and append by `BatchAppend`. */
export function getSupportedMethods(version: string, services: readonly ServiceDefinition[]) {
  const supported = new features.SupportedMethods().setEventStoreServerVersion(version);
  for (const { path } of services.flatMap((service) => Object.values(service))) {
    const [, service = '', method = ''] = path.toLowerCase().split('/');
    supported.addMethods(
      new features.SupportedMethod()
        .setServiceName(service)
        .setMethodName(method)
        .setFeaturesList([...(featuresOf[method] ?? [])]),
    );
  }
  return (_call: unknown, answer: sendUnaryData<InstanceType<typeof features.SupportedMethods>>): void =>
    answer(null, supported);
}
