/** A process that owns a local network, says which children it has, and waits to be killed. Keeps it in the directory given, if any. */
import { startLocalnet } from '@bulkhead/localnet';

const directory = process.argv[2];
const localnet = await startLocalnet({ chains: 2, seed: 'owner', ...(directory === undefined ? {} : { directory }) });
const pids = [...localnet.chains.map(chain => chain.pid), localnet.redis?.pid];
const height = await localnet.chains[0]?.client.getBlockNumber();
console.log(JSON.stringify({ pids, height: String(height) }));
// The feed server keeps it alive.
