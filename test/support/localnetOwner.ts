/** A process that owns a local network, says which children it has, and waits to be killed. */
import { startLocalnet } from '@bulkhead/localnet';

const localnet = await startLocalnet({ chains: 2, seed: 'owner' });
const pids = [...localnet.chains.map(chain => chain.pid), localnet.redis?.pid];
console.log(JSON.stringify(pids));
// The feed server keeps it alive.
