import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answersTcp } from '../answers.mjs';
import { versionOf } from '../jars.mjs';
import { onJava } from '../java.mjs';
import { freePort } from '../free-port.mjs';

const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
/** Most of what it does in a test is its start, which is over before what was compiled is worth it. */
const forItsStart = '-XX:CompileThresholdScaling=4';
const clusterId = 'aG9sZGZhc3QtdGVzdC0wMA';

/** After kill -9 a broker is let in again when its old session is over; 9 s is the default. */
const properties = ({
  dir,
  port,
  advertisedPort = port,
  controllerPort,
  restarts,
}) => `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${advertisedPort}
controller.listener.names=CONTROLLER
log.dirs=${join(dir, 'log')}
auto.create.topics.enable=false
num.partitions=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=2
background.threads=2
log.cleaner.dedupe.buffer.size=2000000
${restarts ? 'broker.heartbeat.interval.ms=500\nbroker.session.timeout.ms=2000\n' : ''}`;

/** One broker that is its own controller. */
export const kafka = {
  name: 'kafka',
  variable: 'HOLDFAST_TEST_KAFKA',
  title: `Apache Kafka ${versionOf('kafka', 'kafka-server')}`,
  kind: 'real',
  url: (port) => `127.0.0.1:${port}`,
  /** Asks for the versions of its protocol. */
  answers: (port) => answersTcp(port, Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 255, 255])),
  container: {
    service: 'kafka',
    port: 9092,
    env: (port) => ({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    }),
  },
  async command({ dir, port, advertisedPort, durable }) {
    const config = join(dir, 'server.properties');
    if (!existsSync(config)) {
      const controllerPort = await freePort();
      writeFileSync(config, properties({ dir, port, advertisedPort, controllerPort, restarts: durable }));
      // What its own tool for that would write, in a second of CPU.
      mkdirSync(join(dir, 'log'), { recursive: true });
      writeFileSync(join(dir, 'log', 'meta.properties'), `version=1\ncluster.id=${clusterId}\nnode.id=1\n`);
    }
    return onJava('kafka', { heapMb: 384, dir, flags: [quiet, forItsStart] }, ['kafka.Kafka', config]);
  },
};
