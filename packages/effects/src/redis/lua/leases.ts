import { prelude } from './prelude.ts';

/** The fence grows over every grant, and over a lost tail of the store: it is never below the store's clock (DESIGN §7). */
export const acquireLease = `${prelude}
local key = P .. 'lease:' .. a.name
local time = storeTime()
local l = redis.call('HMGET', key, 'holder', 'fence', 'until')
if l[1] and l[1] ~= a.holder and tonumber(l[3]) > time then
  return { 'taken', l[1], int(tonumber(l[3]) - time) }
end
local fence = math.max((tonumber(l[2] or '0') or 0) + 1, time)
redis.call('HSET', key, 'holder', a.holder, 'fence', int(fence), 'until', int(time + a.ttl))
return { 'held', int(fence) }
`;

export const renewLease = `${prelude}
local key = P .. 'lease:' .. a.name
local l = redis.call('HMGET', key, 'holder', 'fence')
if l[1] ~= a.holder or tonumber(l[2]) ~= a.fence then return 0 end
redis.call('HSET', key, 'until', int(storeTime() + a.ttl))
return 1
`;

/** The record stays, lapsed: the next fence must be larger than this one. */
export const releaseLease = `${prelude}
local key = P .. 'lease:' .. a.name
local l = redis.call('HMGET', key, 'holder', 'fence')
if l[1] == a.holder and tonumber(l[2]) == a.fence then redis.call('HSET', key, 'until', '0') end
return 1
`;
