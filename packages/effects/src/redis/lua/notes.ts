import { prelude } from './prelude.ts';

export const advanceWatermark = `${prelude}
local known = tonumber(redis.call('HGET', P .. 'watermarks', a.name) or '-1')
if a.block > known then redis.call('HSET', P .. 'watermarks', a.name, int(a.block)) end
return 1
`;

/** Keeps the newest decision of each subject, and of the subjects only the newest \`keep\`. */
export const putDecision = `${prelude}
redis.call('HSET', P .. 'decisions', a.subject, int(a.now) .. '|' .. a.decision)
redis.call('ZADD', P .. 'decisions:age', int(a.now), a.subject)
local excess = redis.call('ZCARD', P .. 'decisions:age') - a.keep
if excess > 0 then
  local popped = redis.call('ZPOPMIN', P .. 'decisions:age', excess)
  for i = 1, #popped, 2 do redis.call('HDEL', P .. 'decisions', popped[i]) end
end
return 1
`;
