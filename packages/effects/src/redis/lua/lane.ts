import { prelude } from './prelude.ts';

/** A slot's value is `state|occupant|since`: state p (pending) or i (included), occupant an effect id or `foreign`, since in ms. */
const slotHelpers = `
local lane = P .. 'lane:' .. a.right.signer
local slots = lane .. ':slots'
local function splitSlot(value) return string.match(value, '^(.)|([^|]*)|(.*)$') end
local function setState(nonce, state)
  local value = redis.call('HGET', slots, nonce)
  if value then redis.call('HSET', slots, nonce, state .. string.sub(value, 2)) end
  return value
end
local function unconfirmed()
  local count = 0
  for _, value in ipairs(redis.call('HVALS', slots)) do if string.sub(value, 1, 1) == 'p' then count = count + 1 end end
  return count
end
`;

/** The one step that guards the wire (EFF-1, EFF-3, EFF-4, EFF-5). */
export const recordAttempt = `${prelude}${slotHelpers}
local time = storeTime()
local refused, f = holdClaim(time)
if refused then return refused end
if f.phase == 'claimed' and f.claimUntil <= time then return { 'claimLost' } end
local nextNonce = redis.call('HGET', lane, 'next') or ''
if f.phase == 'included' then return { 'nonceTaken', nextNonce } end
if redis.call('LLEN', attemptsKey(a.effect)) + 1 ~= a.number then return { 'claimLost' } end

local fresh = false
local value = redis.call('HGET', slots, a.nonce)
if value then
  local _, occupant = splitSlot(value)
  local own = f.slot == a.nonce and occupant == a.effect
  local fill = f.slot == '' and occupant == 'foreign' and a.gapFill
  if not own and not fill then return { 'nonceTaken', nextNonce } end
else
  if f.slot ~= '' or nextNonce ~= a.nonce then return { 'nonceTaken', nextNonce } end
  if unconfirmed() >= a.maxUnconfirmed then return { 'laneFull' } end
  fresh = true
end

local key = effectKey(a.effect)
local reserved = tonumber(redis.call('HGET', key, 'cost:' .. a.nonce) or '0')
local more = math.max(0, a.cost - reserved)
local spent = tonumber(redis.call('HGET', P .. 'spend', a.day) or '0')
if a.gapFill then
  if a.cost > a.gapFillBudget then return { 'overBudget' } end
else
  if f.committed + more > f.budget then return { 'overBudget' } end
  if more > 0 and spent + more > a.dailyCap then return { 'overDailyCap', int(spent) } end
end

redis.call('RPUSH', attemptsKey(a.effect), a.attempt)
redis.call('HSET', key, 'phase', 'signed', 'slot', a.nonce, 'cost:' .. a.nonce, int(reserved + more), 'dueAt', int(a.now), 'updatedAt', int(a.now),
  'note', '')
redis.call('HSETNX', key, 'day:' .. a.nonce, a.day)
redis.call('HINCRBY', key, 'committed', int(more))
redis.call('HINCRBY', P .. 'spend', redis.call('HGET', key, 'day:' .. a.nonce), int(more))
redis.call('HSET', slots, a.nonce, 'p|' .. a.effect .. '|' .. int(a.now))
if fresh then redis.call('HSET', lane, 'next', int(tonumber(a.nonce) + 1)) end
moveDue(a.effect, f.urgency, a.now, false)
return { 'ok' }
`;

export const markBroadcast = `${prelude}
local refused, f = holdClaim(storeTime())
if refused then return refused end
if f.phase == 'signed' then redis.call('HSET', effectKey(a.effect), 'phase', 'broadcast') end
redis.call('HSET', effectKey(a.effect), 'dueAt', int(a.dueAt), 'note', a.note, 'updatedAt', int(a.now))
moveDue(a.effect, f.urgency, a.dueAt, false)
return { 'ok' }
`;

export const markIncluded = `${prelude}${slotHelpers}
local refused, f = holdClaim(storeTime())
if refused then return refused end
if f.slot == '' then return { 'claimLost' } end
redis.call('HSET', effectKey(a.effect), 'phase', 'included', 'included', a.included, 'dueAt', int(a.dueAt), 'updatedAt', int(a.now), 'note', '')
setState(f.slot, 'i')
moveDue(a.effect, f.urgency, a.dueAt, false)
return { 'ok' }
`;

export const markRetracted = `${prelude}${slotHelpers}
local refused, f = holdClaim(storeTime())
if refused then return refused end
if f.phase ~= 'included' then return { 'ok' } end
redis.call('HSET', effectKey(a.effect), 'phase', 'broadcast', 'included', '', 'dueAt', int(a.dueAt), 'updatedAt', int(a.now),
  'note', 'a reorganisation took its block back')
setState(f.slot, 'p')
moveDue(a.effect, f.urgency, a.dueAt, false)
return { 'ok' }
`;

export const readLane = `${prelude}
local lane = P .. 'lane:' .. a.signer
local flat = redis.call('HGETALL', lane .. ':slots')
local slots = {}
for i = 1, #flat, 2 do
  local _, occupant = string.match(flat[i + 1], '^(.)|([^|]*)|(.*)$')
  local effect = {}
  if occupant ~= 'foreign' then effect = effectReply(occupant) end
  slots[#slots + 1] = { flat[i], flat[i + 1], effect }
end
return { redis.call('HGET', lane, 'next') or '', redis.call('EXISTS', P .. 'paused'), slots }
`;

export const adopt = `${prelude}${slotHelpers}
local refused = fencedBy(a.right, storeTime())
if refused then return refused end
local known = tonumber(redis.call('HGET', lane, 'next') or '0')
redis.call('HSET', lane, 'next', int(math.max(known, tonumber(a.nextNonce))))
for _, nonce in ipairs(a.foreign) do redis.call('HSETNX', slots, nonce, 'p|foreign|' .. int(a.now)) end
return { 'ok' }
`;

export const markForeign = `${prelude}${slotHelpers}
local refused = fencedBy(a.right, storeTime())
if refused then return refused end
setState(a.nonce, a.included and 'i' or 'p')
return { 'ok' }
`;

export const releaseForeign = `${prelude}${slotHelpers}
local refused = fencedBy(a.right, storeTime())
if refused then return refused end
local value = redis.call('HGET', slots, a.nonce)
if value then
  local _, occupant = splitSlot(value)
  if occupant ~= 'foreign' then return { 'nonceTaken', redis.call('HGET', lane, 'next') or '' } end
  redis.call('HDEL', slots, a.nonce)
end
return { 'ok' }
`;
