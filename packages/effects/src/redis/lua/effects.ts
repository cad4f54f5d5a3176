import { prelude } from './prelude.ts';

export const planEffect = `${prelude}
if not leaseIsCurrent(a.shard, a.shardFence, storeTime()) then return { 'fenced', 'shard' } end
local key = effectKey(a.effect)
if redis.call('EXISTS', key) == 1 then return { 'ok', 'known' } end
redis.call('HSET', key, 'plan', a.plan, 'urgency', a.urgency, 'phase', 'planned', 'end', '', 'claim', '0', 'claimUntil', '0',
  'claimFence', '0', 'slot', '', 'included', '', 'cancel', '0', 'plannedAt', int(a.now), 'updatedAt', int(a.now), 'dueAt', int(a.dueAt),
  'note', '', 'committed', '0', 'budget', int(a.budget))
moveDue(a.effect, a.urgency, a.dueAt, true)
return { 'ok', 'planned' }
`;

export const readEffect = `${prelude}
return effectReply(a.effect)
`;

export const readOpen = `${prelude}
local found = {}
for _, id in ipairs(redis.call('ZRANGE', openKey, 0, a.limit - 1)) do found[#found + 1] = effectReply(id) end
return found
`;

export const requestCancel = `${prelude}
local f = redis.call('HMGET', effectKey(a.effect), 'phase', 'end', 'urgency')
if not f[1] or (f[2] and f[2] ~= '') then return 0 end
redis.call('HSET', effectKey(a.effect), 'cancel', '1', 'dueAt', int(a.now), 'updatedAt', int(a.now))
-- A claim under way keeps its place: whoever holds it sees the request when it is done.
if f[1] ~= 'claimed' then moveDue(a.effect, f[3], a.now, f[1] == 'planned') end
return 1
`;

const raiseClaim = `
local function raiseClaim(id, urgency, phase, time)
  local number = redis.call('HINCRBY', effectKey(id), 'claim', 1)
  redis.call('HSET', effectKey(id), 'claimUntil', int(time + a.ttl), 'claimFence', int(a.right.laneFence), 'updatedAt', int(a.now))
  if phase == 'planned' or phase == 'claimed' then
    redis.call('HSET', effectKey(id), 'phase', 'claimed', 'dueAt', int(a.now + a.ttl))
    moveDue(id, urgency, a.now + a.ttl, true)
  end
  return { 'ok', int(number), effectReply(id) }
end

-- An effect that somebody is preparing is left alone until the claim lapses, or its holder's lane was taken over.
local function isBeingPrepared(phase, claimUntil, claimFence, time)
  return phase == 'claimed' and claimUntil > time and claimFence >= a.right.laneFence
end
`;

/** By when it became due plus the patience of its urgency: the one place where order is decided. */
export const claimNext = `${prelude}${raiseClaim}
local time = storeTime()
local refused = fencedBy(a.right, time)
if refused then return refused end
local due = {}
for rank, urgency in ipairs(a.urgencies) do
  -- A few more than wanted, because some may be in preparation.
  local ids = redis.call('ZRANGEBYSCORE', readyKey(urgency.name), '-inf', int(a.now), 'WITHSCORES', 'LIMIT', 0, a.limit + 16)
  for i = 1, #ids, 2 do
    due[#due + 1] = { id = ids[i], urgency = urgency.name, rank = rank, place = #due, at = tonumber(ids[i + 1]) + urgency.patience }
  end
end
table.sort(due, function(x, y)
  if x.at ~= y.at then return x.at < y.at end
  if x.rank ~= y.rank then return x.rank < y.rank end
  return x.place < y.place
end)
local taken = { 'ok' }
for _, one in ipairs(due) do
  if #taken > a.limit then break end
  local f = redis.call('HMGET', effectKey(one.id), 'phase', 'claimUntil', 'claimFence')
  if f[1] and not isBeingPrepared(f[1], tonumber(f[2]), tonumber(f[3]), time) then
    taken[#taken + 1] = raiseClaim(one.id, one.urgency, f[1], time)
  end
end
return taken
`;

export const claimEffect = `${prelude}${raiseClaim}
local time = storeTime()
local refused = fencedBy(a.right, time)
if refused then return refused end
local f = redis.call('HMGET', effectKey(a.effect), 'phase', 'claimUntil', 'claimFence', 'end', 'urgency')
if not f[1] then return { 'unknownEffect' } end
if f[4] and f[4] ~= '' then return { 'ended' } end
if isBeingPrepared(f[1], tonumber(f[2]), tonumber(f[3]), time) then return { 'claimed' } end
return raiseClaim(a.effect, f[5], f[1], time)
`;

export const postpone = `${prelude}
local refused, f = holdClaim(storeTime())
if refused then return refused end
local key = effectKey(a.effect)
redis.call('HSET', key, 'claimUntil', '0', 'dueAt', int(a.dueAt), 'note', a.note, 'updatedAt', int(a.now))
if f.phase == 'claimed' then redis.call('HSET', key, 'phase', 'planned') end
moveDue(a.effect, f.urgency, a.dueAt, f.phase == 'claimed')
return { 'ok' }
`;

/** Ends an effect or plans it again, and in the same step settles its nonce and what it was reserved to cost. */
export const conclude = `${prelude}
local refused, f = holdClaim(storeTime())
if refused then return refused end
local key = effectKey(a.effect)
if f.slot ~= '' and (not a.consumed or a.consumed.nonce ~= f.slot) then return { 'nonceTaken', f.slot } end
if f.slot ~= '' then
  redis.call('HDEL', P .. 'lane:' .. a.right.signer .. ':slots', f.slot)
  local c = redis.call('HMGET', key, 'cost:' .. f.slot, 'day:' .. f.slot)
  local correction = a.consumed.fee - tonumber(c[1] or '0')
  redis.call('HINCRBY', key, 'committed', int(correction))
  redis.call('HDEL', key, 'cost:' .. f.slot, 'day:' .. f.slot)
  if c[2] then redis.call('HINCRBY', P .. 'spend', c[2], int(correction)) end
  if a.consumed.wasted then redis.call('HINCRBY', P .. 'counters', 'wasted', 1) end
end
redis.call('HSET', key, 'slot', '', 'included', '', 'claimUntil', '0', 'updatedAt', int(a.now), 'note', a.note)
if a.again then
  redis.call('HSET', key, 'phase', 'planned', 'dueAt', int(a.dueAt))
  moveDue(a.effect, f.urgency, a.dueAt, true)
  return { 'ok' }
end
redis.call('HSET', key, 'phase', a.kind, 'end', a.outcome)
redis.call('ZREM', openKey, a.effect)
redis.call('ZREM', readyKey(f.urgency), a.effect)
redis.call('HINCRBY', P .. 'counters', 'ended:' .. a.kind, 1)
redis.call('PEXPIRE', key, int(a.keep))
redis.call('PEXPIRE', attemptsKey(a.effect), int(a.keep))
return { 'ok' }
`;

/** A lapsed claim without an attempt goes back to planned, so that status and sweeper tell the truth about it. */
export const overdue = `${prelude}
local time = storeTime()
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', openKey, '-inf', '(' .. int(a.before), 'LIMIT', 0, a.limit)) do
  local f = redis.call('HMGET', effectKey(id), 'phase', 'claimUntil', 'urgency', 'dueAt')
  if f[1] == 'claimed' and tonumber(f[2]) <= time then redis.call('HSET', effectKey(id), 'phase', 'planned') end
  if f[1] then found[#found + 1] = { id, f[3], f[4] } end
end
return found
`;
