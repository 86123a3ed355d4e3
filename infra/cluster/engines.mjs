// Where a cluster's services keep things: what HOLDFAST_… says, else servers that are started for it.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { serverNamed, start } from '../servers/index.mjs';

const bucket = 'holdfast';

/** The settings of one engine; what they need is made where it is missing. */
const settingsOf = {
  eventstoredb: (url) => ({ HOLDFAST_EVENT_STORE: url }),
  mongodb: (url) => ({ HOLDFAST_READ_STORE: `${url}/holdfast` }),
  kafka: (address) => ({ HOLDFAST_MESSAGE_BUS: `kafka://${address}` }),
  async s3(url) {
    const { username, password, host } = new URL(url);
    const endpoint = `http://${host}`;
    const credentials = { accessKeyId: username, secretAccessKey: decodeURIComponent(password) };
    const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
    const client = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: bucket })).catch((error) => {
      if (!/AlreadyOwned|AlreadyExists/.test(error.name)) throw error;
    });
    client.destroy();
    return {
      HOLDFAST_ARTIFACT_STORE: `s3://${bucket}?endpoint=${endpoint}&region=us-east-1`,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
  },
};

const engines = [
  ['HOLDFAST_EVENT_STORE', 'eventstoredb'],
  ['HOLDFAST_READ_STORE', 'mongodb'],
  ['HOLDFAST_MESSAGE_BUS', 'kafka'],
  ['HOLDFAST_ARTIFACT_STORE', 's3'],
];

/**
 * @param {string} dir for the data of servers that are started
 * @returns {Promise<{ env: object, what: string[], stop: () => Promise<void> }>} settings of every service, a line for each engine
 */
export async function openEngines(dir) {
  const wanted = engines.filter(([variable]) => !process.env[variable]);
  const given = engines.filter(([variable]) => process.env[variable]);
  const started = await Promise.all(
    wanted.map(async ([, name]) => {
      const at = join(dir, name);
      mkdirSync(at, { recursive: true });
      return { name, ...(await start(serverNamed(name), { dir: at })) };
    }),
  );
  const settings = await Promise.all(started.map(({ name, running }) => settingsOf[name](running.url)));
  return {
    env: Object.assign({}, ...settings),
    what: [
      ...started.map(({ title, running }) => `${title} at ${running.url.replace(/\/\/[^@/]*@/, '//')}`),
      ...given.map(([variable]) => `what ${variable} says`),
    ],
    stop: async () => void (await Promise.all(started.map(({ running }) => running.stop()))),
  };
}
