/**
 * The quota's state and the scripts that move it. One hash a (scope, limit), all times in milliseconds of Redis' own clock:
 *
 * - `tat`: the generic cell rate algorithm's "theoretical arrival time": when the bucket would be full again
 *   (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm)
 * - `block`: no call before this
 * - `c_tat`, `c_interval`, `c_burst`, `c_until`: a second, tighter bucket that a provider's answer put beside the first;
 *   it ends with the provider's window
 * - `window`, `now_used`, `past_used`: calls granted in this window and in the one before, for display
 *
 * Scripts touch one key each, so a Redis Cluster can hold the quotas too.
 */
const clock = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local function text(number) return string.format('%.3f', number) end
local key = KEYS[1]
local function field(name) return tonumber(redis.call('HGET', key, name) or 0) or 0 end
`;

/** ARGV: interval, burst, longest wait, window. Answers {granted, wait, calls granted in the last window}; a wait past the longest one takes nothing. */
export const reserveScript = `${clock}
local interval, burst, longest, per = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local stored = redis.call('HMGET', key, 'tat', 'block', 'c_tat', 'c_interval', 'c_burst', 'c_until', 'window', 'now_used', 'past_used')
local function number(i) return tonumber(stored[i] or 0) or 0 end
local tat, block = math.max(number(1), now), number(2)
local at = math.max(now, block, tat - (burst - 1) * interval)
local c_tat, c_until = math.max(number(3), now), number(6)
if c_until > now then
  at = math.max(at, math.min(c_until, c_tat - (number(5) - 1) * number(4)))
end
local wait = math.ceil(at - now)
if wait > longest then return {0, wait, 0} end
tat = math.max(tat, at) + interval
local window, used, past = math.floor(now / per), number(8), number(9)
if number(7) == window - 1 then used, past = 0, used elseif number(7) ~= window then used, past = 0, 0 end
redis.call('HSET', key, 'tat', text(tat), 'window', text(window), 'now_used', used + 1, 'past_used', past)
if c_until > at then redis.call('HSET', key, 'c_tat', text(math.max(c_tat, at) + number(4))) end
redis.call('PEXPIRE', key, math.ceil(math.max(tat, block, c_until) - now + 2 * per))
return {1, wait, math.floor(used + 1 + past * (1 - (now % per) / per) + 0.5)}
`;

/**
 * ARGV: interval, burst, window, calls still ours, milliseconds until the provider's window ends. When the buckets would grant
 * more than that until then, the calls left are dealt anew: half may go at once, the rest evenly. A few calls' difference is
 * only calls in flight.
 */
export const correctScript = `${clock}
local interval, burst, per = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local available, ends = tonumber(ARGV[4]), now + tonumber(ARGV[5])
local own = burst + math.floor((ends - math.max(field('tat'), now)) / interval)
local c_until = field('c_until')
if c_until > now then
  local left = c_until - math.max(field('c_tat'), now)
  own = math.min(own, field('c_burst') + math.floor(left / math.max(field('c_interval'), 1)))
end
if available >= own - math.max(1, own * 0.02) then return 0 end
local at_once = math.max(1, math.floor(available / 2))
local spread = (ends - now) / math.max(1, available - at_once)
redis.call('HSET', key, 'c_tat', text(now), 'c_interval', text(spread), 'c_burst', at_once, 'c_until', text(ends))
redis.call('PEXPIRE', key, math.ceil(math.max(field('tat'), field('block'), ends) - now + 2 * per))
return 1
`;

/** ARGV: window, milliseconds to block for. A block is only ever prolonged. */
export const blockScript = `${clock}
local per, until_at = tonumber(ARGV[1]), now + tonumber(ARGV[2])
if until_at <= field('block') then return 0 end
redis.call('HSET', key, 'block', text(until_at))
redis.call('PEXPIRE', key, math.ceil(math.max(field('tat'), field('c_until'), until_at) - now + 2 * per))
return 1
`;

/** ARGV: window. Answers {calls granted in the last window (estimated from two fixed ones), milliseconds still blocked}. */
export const usageScript = `${clock}
local per = tonumber(ARGV[1])
local behind = math.floor(now / per) - field('window')
local used, past = field('now_used'), field('past_used')
if behind == 1 then used, past = 0, used elseif behind > 1 then used, past = 0, 0 end
local elapsed = (now % per) / per
return {math.floor(used + past * (1 - elapsed) + 0.5), math.max(0, math.ceil(field('block') - now))}
`;
