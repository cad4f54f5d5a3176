/**
 * What every script starts with. KEYS[1] is the chain's key prefix, ARGV[1] the arguments as JSON. Further keys are derived from the prefix: they all
 * carry the same hash tag, so they live in the same slot. Amounts are whole gwei and nonces are small: both are exact in Lua's doubles, and `int`
 * writes them without an exponent. A refusal is an array whose first item is its kind; success starts with 'ok'.
 */
export const prelude = `
local P = KEYS[1]
local a = cjson.decode(ARGV[1])

local function int(n) return string.format('%.0f', n) end

local function storeTime()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

local function leaseIsCurrent(name, fence, time)
  local l = redis.call('HMGET', P .. 'lease:' .. name, 'fence', 'until')
  return l[1] and tonumber(l[1]) == fence and tonumber(l[2]) > time
end

local function fencedBy(right, time)
  if not leaseIsCurrent(right.shard, right.shardFence, time) then return { 'fenced', 'shard' } end
  if not leaseIsCurrent(right.lane, right.laneFence, time) then return { 'fenced', 'lane' } end
  return nil
end

local function effectKey(id) return P .. 'effect:' .. id end
local function attemptsKey(id) return P .. 'effect:' .. id .. ':attempts' end
local function readyKey(urgency) return P .. 'ready:' .. urgency end
local openKey = P .. 'open'

local function effectReply(id)
  return { redis.call('HGETALL', effectKey(id)), redis.call('LRANGE', attemptsKey(id), 0, -1) }
end

local function moveDue(id, urgency, dueAt, ready)
  redis.call('ZADD', openKey, int(dueAt), id)
  if ready then redis.call('ZADD', readyKey(urgency), int(dueAt), id) else redis.call('ZREM', readyKey(urgency), id) end
end

-- Checks the fences and that this is the newest claim on an effect that has not ended. Returns a refusal, or nil and the effect's fields by name.
local function holdClaim(time)
  local refused = fencedBy(a.right, time)
  if refused then return refused, nil end
  local f = redis.call('HMGET', effectKey(a.effect), 'phase', 'end', 'claim', 'claimUntil', 'urgency', 'slot', 'committed', 'budget')
  if not f[1] then return { 'unknownEffect' }, nil end
  if f[2] and f[2] ~= '' then return { 'ended' }, nil end
  if tonumber(f[3]) ~= a.claim or f[1] == 'planned' then return { 'claimLost' }, nil end
  return nil, { phase = f[1], claimUntil = tonumber(f[4]), urgency = f[5], slot = f[6] or '', committed = tonumber(f[7]), budget = tonumber(f[8]) }
end
`;
