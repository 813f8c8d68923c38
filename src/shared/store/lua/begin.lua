-- The only way to the paid request: admits a job, and in the same step writes that its request is about to leave.
-- Every rule of entry is decided here, on one clock, for all workers: a server that remembers what this worker was told (one
-- that took over waits until those who know more can have spoken), the operator's pause, the breaker with its one probe,
-- the pace of the model (GCRA, and the wait that a 429 asked for), and a free slot. A refusal takes nothing and says how long to doze.
-- KEYS: record, slots, pace, breaker, probe, submissions, witness, epoch, then every key that the commands touch.
-- ARGV: version, sources, attempt id, cap, slot ttl ms, pace interval ms, pace tolerance ms, probe interval ms, begun at
-- (ms, as the change says), the server's run, begun and beats as the worker was told, longest hold ms, commands.
-- Returns: { 'begun', how often this witness has seen a job begin } or
-- { 'stale' | 'forgotten' | 'paused' | 'open' | 'paced' | 'full', wait in ms }.
local now = nowMs()
local attempt = ARGV[3]
if not mayChange(KEYS[1], ARGV[1], ARGV[2]) then return { 'stale', '0' } end
-- A script that was long on its way would write an attempt that looks lost from the start.
if now - tonumber(ARGV[9]) > 5000 then return { 'stale', '0' } end

if not remembers(KEYS[7], ARGV[10], ARGV[11], ARGV[12]) then return { 'forgotten', '0' } end
local held = tonumber(redis.call('HGET', KEYS[8], 'heldUntil') or '0') - now
-- More than was ever asked for is a clock that was set back.
if held > 0 and held <= tonumber(ARGV[13]) then return { 'forgotten', tostring(held) } end

if redis.call('HGET', KEYS[6], 'status') == 'paused' then return { 'paused', '0' } end

local cause = redis.call('HGET', KEYS[4], 'cause')
local open = cause and cause ~= ''
if open then
  local wait = redis.call('PTTL', KEYS[5])
  if wait ~= -2 then return { 'open', tostring(math.max(wait, 1)) } end
end

local pace = redis.call('HMGET', KEYS[3], 'tat', 'holdUntil')
-- Nobody is asked to wait for longer than an hour, so more than that is a clock that was set back.
local hold = tonumber(pace[2] or '0') - now
if hold > 0 and hold <= 3600000 then return { 'paced', tostring(math.ceil(hold)) } end
local interval, tolerance = tonumber(ARGV[6]), tonumber(ARGV[7])
local tat = math.max(tonumber(pace[1] or '0'), now)
-- Further ahead than it can have been put: Redis' clock was set back. It is put right even if this is a refusal, since
-- all that follow would find it as far ahead.
if tat > now + tolerance + interval then
  tat = now + tolerance + interval
  redis.call('HSET', KEYS[3], 'tat', string.format('%.3f', tat))
end
local early = tat - now - tolerance
if early > 0 then return { 'paced', tostring(math.ceil(early)) } end

local nowText = string.format('%.0f', now)
if redis.call('ZCOUNT', KEYS[2], '(' .. nowText, '+inf') >= tonumber(ARGV[4]) then return { 'full', '0' } end

-- This write needs memory, and is the first: so Redis refuses all of them when it has none left, and nothing is bought.
redis.call('HSET', KEYS[3], 'tat', string.format('%.3f', tat + interval))
redis.call('HSET', KEYS[1], 'write', attempt)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', nowText)
if open then redis.call('SET', KEYS[5], attempt, 'NX', 'PX', ARGV[8]) end
redis.call('ZADD', KEYS[2], string.format('%.0f', now + tonumber(ARGV[5])), attempt)
run(14)
return { 'begun', tostring(redis.call('HINCRBY', KEYS[7], 'begun', 1)) }
