import { beforeAll, describe, expect, it } from '@jest/globals';
import { root, textOf } from '../architecture/tree.js';
import { resourcesOf, schemaProblems, unknownFields, type Resource } from './kubernetes.js';
import { complaints, serviceNames } from './settings.js';
import { run, toolMs, toolPath } from './tools.js';

const chart = 'infra/helm/holdfast';
const digest = `sha256:${'0'.repeat(64)}`;

let helm: string;
const render = async (values = {}, flags: readonly string[] = []): Promise<Resource[]> => {
  const args = ['template', 'lab', chart, '--namespace', 'research', '--values', '-', ...flags];
  return resourcesOf(await run(helm, args, root, JSON.stringify(values)));
};
const refusal = (values: object): Promise<string> =>
  render(values).then(
    () => 'rendered',
    ({ message }: Error) => message,
  );

const pool = (name: string, more = {}) => ({
  ...{ name, labels: { gpu: 'a100', site: 'north' }, slots: 1, minReplicas: 0, maxReplicas: 4 },
  ...{ queueDepthPerExecutor: 1, queueAgeSeconds: 30, scratchSize: '100Gi', terminationGraceSeconds: 600 },
  ...{ resources: { requests: { memory: '1Gi' }, limits: { memory: '2Gi' } }, sandbox: 'process' },
  ...more,
});

/** Installations that differ in every switch. */
const installations = {
  'as it comes': {},
  'with a digest, an identity, two pools and clients elsewhere': {
    image: { repository: 'registry.example/holdfast', digest },
    imagePullSecrets: [{ name: 'pull' }],
    engines: { secret: 'own', artifactCredentialsSecret: 's3' },
    serviceAccount: { annotations: { 'example.com/role': 'holdfast' } },
    services: { scheduler: { env: { HOLDFAST_QUOTAS: 'penguins=4,*=16', HOLDFAST_LEASE_TTL_MS: 20000 } } },
    executorPools: [
      pool('default'),
      pool('gpu', { nodeSelector: { gpu: 'a100' }, tolerations: [{ key: 'gpu', operator: 'Exists' }] }),
    ],
    router: { service: { type: 'LoadBalancer', port: 443, annotations: { 'example.com/lb': 'internal' } } },
    networkPolicy: { clientNamespaces: ['people'] },
    traces: { endpoint: 'http://collector.monitoring.svc:14318', share: 0.1 },
  },
  'without KEDA, router, rebuilds and network policies': {
    keda: { enabled: false },
    router: { enabled: false },
    projections: { rebuildAfterUpgrade: false },
    networkPolicy: { enabled: false },
  },
};

const podOf = ({ spec }: Resource) => spec.template?.spec;
const named = (all: readonly Resource[], kind: string) => all.filter((one) => one.kind === kind);
const workloads = (all: readonly Resource[]) => [...named(all, 'Deployment'), ...named(all, 'Job')];

describe('the chart', () => {
  let rendered: [string, Resource[]][];
  beforeAll(async () => {
    helm = await toolPath('helm');
    rendered = await Promise.all(
      Object.entries(installations).map(
        async ([name, values]) =>
          [name, await render(values, ['--is-upgrade'])] satisfies [string, Resource[]],
      ),
    );
  }, toolMs);
  const everywhere = (check: (all: Resource[], name: string) => void) =>
    rendered.forEach(([name, all]) => check(all, name));

  it('is clean by its own tool', async () => {
    expect(await run(helm, ['lint', '--strict', chart], root)).toContain('0 chart(s) failed');
  });

  it('renders what Kubernetes and KEDA accept, with no field that they would drop', async () => {
    const all = rendered.flatMap(([, resources]) => resources);
    expect(all.length).toBeGreaterThan(50);
    expect(await schemaProblems(all)).toEqual([]);
    expect(await unknownFields(all)).toEqual([]);
  });

  it('would not be believed with a wrong value or a field of another name', async () => {
    const [deployment] = named(rendered[0]![1], 'Deployment') as [Resource];
    const wrong = { ...deployment, spec: { ...deployment.spec, replicas: 'two' } };
    expect(await schemaProblems([wrong])).toEqual([expect.stringContaining('replicas must be integer')]);
    const mistyped = { ...deployment, spec: { ...deployment.spec, replica: 2 } };
    expect(await unknownFields([mistyped])).toEqual([expect.stringContaining(`'"replica"' does not exist`)]);
  });

  it('runs every pod without root, rights, a writable root or a token, within its memory', () =>
    everywhere((all) => {
      for (const one of workloads(all)) {
        const pod = podOf(one);
        expect(pod.automountServiceAccountToken).toBe(false);
        expect(pod.securityContext).toMatchObject({
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault' },
        });
        for (const container of pod.containers) {
          expect(container.securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            capabilities: { drop: ['ALL'] },
          });
          expect(container.resources.limits.memory).toBeDefined();
          expect(container.resources.requests.memory).toBeDefined();
          expect(container.image).toMatch(/:[\w.-]+$|@sha256:[0-9a-f]{64}$/);
          expect(container.image).not.toMatch(/:latest$/);
        }
      }
    }));

  it('asks every service by /healthz and /readyz, and gives it a budget', () =>
    everywhere((all) => {
      for (const deployment of named(all, 'Deployment')) {
        const { labels } = deployment.spec.template.metadata;
        const [container] = podOf(deployment).containers;
        if (container.name !== 'nginx') {
          expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
          expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' });
          expect(container.ports).toContainEqual({ name: 'http', containerPort: 9464 });
        }
        const budgets = named(all, 'PodDisruptionBudget').filter(({ spec }) =>
          matches(spec.selector, labels),
        );
        expect(budgets.map(({ spec }) => spec.maxUnavailable)).toEqual([1]);
      }
    }));

  it('selects nothing that is not there', () =>
    everywhere((all) => {
      const pods = workloads(all).map(({ spec }) => spec.template.metadata.labels as Labels);
      const selectors = [
        ...named(all, 'Service').map(({ spec }) => ({ matchLabels: spec.selector as Labels })),
        ...named(all, 'PodDisruptionBudget').map(({ spec }) => spec.selector as Selector),
        ...named(all, 'NetworkPolicy').map(({ spec }) => spec.podSelector as Selector),
        ...named(all, 'Deployment').map(({ spec }) => spec.selector as Selector),
      ];
      for (const selector of selectors) expect(pods.some((labels) => matches(selector, labels))).toBe(true);
      const owners = named(all, 'Deployment').map(({ spec }) =>
        pods.filter((pod) => matches(spec.selector, pod)),
      );
      for (const own of owners) expect(own).toHaveLength(1);
      const accounts = named(all, 'ServiceAccount').map(({ metadata }) => metadata.name);
      for (const one of workloads(all)) expect(accounts).toContain(podOf(one).serviceAccountName);
    }));

  it('scales each pool of executors by how much waits and for how long', () =>
    everywhere((all, name) => {
      const pools = named(all, 'Deployment').filter(({ metadata }) => metadata.labels?.['holdfast/pool']);
      const scaled = named(all, 'ScaledObject');
      expect(scaled).toHaveLength(name.startsWith('without KEDA') ? 0 : pools.length);
      for (const { spec } of scaled) {
        const target = pools.find(({ metadata }) => metadata.name === spec.scaleTargetRef.name)!;
        const label = `pool="${target.metadata.labels!['holdfast/pool']}"`;
        const [depth, age] = spec.triggers.map(
          ({ metadata }: { metadata: { query: string } }) => metadata.query,
        );
        expect(depth).toContain(`holdfast_queue_runs{${label}}`);
        expect(age).toContain(`holdfast_queue_oldest_seconds{${label}}`);
        const { terminationGracePeriodSeconds: grace, containers } = podOf(target);
        const waits = Number(containers[0].lifecycle.preStop.exec.command.at(-1));
        // SIGTERM needs the rest.
        expect(grace - waits).toBeGreaterThanOrEqual(20);
        // Or both would set it.
        expect(target.spec.replicas).toBeUndefined();
      }
    }));

  it('tells services what their configuration knows, and secrets only by name', () =>
    everywhere((all) => {
      for (const deployment of named(all, 'Deployment')) {
        const [container] = podOf(deployment).containers;
        if (container.name === 'nginx') continue;
        const env = container.env as readonly Variable[];
        const plain = env.filter(({ value }) => value !== undefined).map(({ name, value }) => [name, value!]);
        for (const [name = ''] of plain) expect(name).not.toMatch(/_STORE$|_BUS$|SECRET|PASSWORD|TOKEN/);
        const filled = env
          .filter(({ valueFrom }) => valueFrom !== undefined)
          .map(({ name }) => [name, sample[name as keyof typeof sample]]);
        const service = container.args[0] as (typeof serviceNames)[number];
        expect(serviceNames).toContain(service);
        expect(complaints(service, Object.fromEntries([...plain, ...filled]))).toEqual([]);
        const keys = env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.key ?? []);
        expect(keys).toEqual(
          service === 'executor'
            ? ['message-bus', 'artifact-store']
            : [
                ...['event-store', 'read-store', 'message-bus', 'artifact-store'],
                ...(service === 'auditor' ? ['audit-log'] : []),
                'people',
                ...(service === 'auditor' || service === 'provenance' ? ['signing-key'] : []),
              ],
        );
      }
      expect(named(all, 'Secret')).toEqual([]);
    }));

  it('routes by path to services that are there', () =>
    everywhere((all) => {
      const services = named(all, 'Service').map(({ metadata }) => `${metadata.name}:4653`);
      for (const { data } of named(all, 'ConfigMap')) {
        const upstreams = [...data!['nginx.conf']!.matchAll(/server ([\w.-]+:\d+);/g)].map(([, to]) => to);
        expect(upstreams).toHaveLength(5);
        for (const upstream of upstreams) expect(services).toContain(upstream);
      }
      const asked = workloads(all)
        .flatMap((one) => podOf(one).containers[0].env ?? [])
        .filter(({ name }: Variable) => name.endsWith('_ADDRESS'));
      for (const { value } of asked as Variable[]) expect(services).toContain(value);
    }));

  it('makes read models anew after an upgrade, as a hook, and not at an installation', async () => {
    const [, all] = rendered[0]!;
    const [job, ...others] = named(all, 'Job');
    expect(others).toEqual([]);
    expect(job!.metadata.annotations).toMatchObject({ 'helm.sh/hook': 'post-upgrade' });
    expect(podOf(job!).containers[0].command.at(-1)).toContain('cli projections rebuild --all');
    expect(named(rendered[2]![1], 'Job')).toEqual([]);
  });

  it('lets clients reach the router, Prometheus the metrics, and pods the engines only', () => {
    const [, all] = rendered[1]!;
    const [everyone, router] = named(all, 'NetworkPolicy') as [Resource, Resource];
    expect(everyone.spec.policyTypes).toEqual(['Ingress', 'Egress']);
    for (const { to } of everyone.spec.egress) expect(to.length).toBeGreaterThan(0);
    for (const { from } of everyone.spec.ingress) expect(from.length).toBeGreaterThan(0);
    expect(router.spec.ingress[0].from).toEqual([
      { namespaceSelector: { matchExpressions: [expect.objectContaining({ values: ['people'] })] } },
    ]);
  });

  it('sends traces where it is told to, and lets them pass', () => {
    everywhere((all, name) => {
      const traced = name.startsWith('with a digest');
      for (const deployment of named(all, 'Deployment')) {
        const [container] = podOf(deployment).containers;
        const env = ((container.env ?? []) as readonly Variable[]).filter((one) =>
          one.name.startsWith('OTEL_'),
        );
        const expected = [
          { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://collector.monitoring.svc:14318' },
          { name: 'OTEL_TRACES_SAMPLER_ARG', value: '0.1' },
        ];
        expect(env).toEqual(traced && container.name !== 'nginx' ? expected : []);
      }
      const ports = named(all, 'NetworkPolicy').flatMap(({ spec }) => spec.egress ?? []);
      expect(JSON.stringify(ports).includes('14318')).toBe(traced);
    });
  });

  it('refuses values that cannot be meant', async () => {
    for (const [values, where] of [
      [{ image: { tag: 'latest' } }, '/image/tag'],
      [{ image: { digest: 'abc' } }, '/image/digest'],
      [{ engines: { secret: '' } }, '/engines/secret'],
      [{ engines: { password: 'x' } }, 'password'],
      [{ services: { registry: { env: { HOLDFAST_API_TOKEN: 'x' } } } }, 'HOLDFAST_API_TOKEN'],
      [{ services: { executor: {} } }, 'executor'],
      [{ executorPools: [pool('Upper')] }, '/executorPools/0/name'],
      [{ executorPools: [pool('a', { slots: 0 })] }, '/executorPools/0/slots'],
      [{ executorPools: [pool('a', { sandbox: 'none' })] }, '/executorPools/0/sandbox'],
      [{ writeSchema: '1' }, '/writeSchema'],
      [{ kedaa: {} }, 'kedaa'],
    ] as const)
      expect(await refusal(values)).toContain(where);
  });

  it('has the router’s configuration once', () => {
    expect(textOf(`${chart}/files/nginx.conf`)).toBe(textOf('infra/router/nginx.conf'));
  });
});

type Labels = Readonly<Record<string, string>>;
interface Selector {
  readonly matchLabels: Labels;
}
interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly key: string } };
}

const matches = ({ matchLabels }: Selector, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([name, value]) => labels[name] === value);

/** What secrets and the pod itself would say. */
const sample = {
  HOLDFAST_EVENT_STORE: 'esdb://user:word@a:2113,b:2113?tls=true',
  HOLDFAST_READ_STORE: 'mongodb://user:word@a:27017/holdfast',
  HOLDFAST_MESSAGE_BUS: 'kafka://user:word@a:9092',
  HOLDFAST_ARTIFACT_STORE: 's3://lab/artifacts?region=here',
  HOLDFAST_AUDIT_LOG: 's3://lab/audit-log?region=here',
  HOLDFAST_PEOPLE: 'mongodb://user:word@b:27017/holdfast',
  HOLDFAST_GRPC_HOST: '10.1.2.3',
  SIGNING_KEY_PEM: '-----BEGIN PRIVATE KEY-----',
};
