// Servers for tests, by hand: `node infra/servers/main.mjs kafka mongodb s3` prints their variables and runs until ctrl-c.
import { serverNamed, serverNames, start } from './index.mjs';

const names = process.argv.slice(2);
try {
  if (names.length === 0) throw new Error(`which? ${serverNames.join(', ')}`);
  const wanted = names.map(serverNamed);
  await Promise.all(
    wanted.map(async (server) => {
      const { running, title, note } = await start(server, { durable: false });
      if (note !== undefined) console.error(`# ${note}`);
      console.log(`${server.variable}='${running.url}' # ${title}`);
    }),
  );
  console.log('# ready; they end with this process (ctrl-c)');
  setInterval(() => {}, 2 ** 30);
} catch (error) {
  console.error(error.message);
  process.exit(2);
}
