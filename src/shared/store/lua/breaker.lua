-- What the outcome of a submission says about the road to Novita.
-- KEYS: breaker, probe, pace. ARGV: verdict, cause, begun at (ms), threshold, hold ms, probe interval ms.
--   trouble  an unknown outcome or a failed connection: so many in a row open the breaker
--   open     an empty wallet, a bad key, a proxy in the way: opens it at once
--   refused  Novita answered about this job alone: ends a row of troubles, and a breaker that anything but the account
--            opened, since the way there is free
--   closed   Novita took a task: all is well, if the attempt began after the breaker opened
--   wait     Novita asks everybody to wait for this model; a shorter wait never cuts a longer one
-- Returns: what has turned: the cause of a breaker that this opened, 'closed', or ''.
-- What Novita has said holds however little memory is left.
needNoRoom(KEYS[1])
local now = nowMs()
local verdict = ARGV[1]

-- The account is the graver cause: only a task that is taken proves that it is in order again.
local function open(cause)
  local present = redis.call('HGET', KEYS[1], 'cause') or ''
  if present == '' or (cause == 'account' and present ~= 'account') then
    redis.call('HSET', KEYS[1], 'cause', cause, 'since', string.format('%.0f', now))
    redis.call('SET', KEYS[2], 'opened', 'PX', ARGV[6])
  end
end

local function close()
  redis.call('DEL', KEYS[1], KEYS[2])
end

local state = redis.call('HMGET', KEYS[1], 'cause', 'since')
local cause = state[1] or ''
-- A breaker opened in the future was opened before Redis' clock was set back.
local since = tonumber(state[2] or '0')
if since > now then since = 0 end
local fresh = tonumber(ARGV[3]) >= since

if verdict == 'open' then
  open(ARGV[2])
elseif verdict == 'trouble' then
  if redis.call('HINCRBY', KEYS[1], 'failures', 1) >= tonumber(ARGV[4]) then open(ARGV[2]) end
elseif verdict == 'refused' and fresh then
  if cause ~= 'account' then close() else redis.call('HSET', KEYS[1], 'failures', 0) end
elseif verdict == 'closed' and fresh then
  close()
elseif verdict == 'wait' then
  local held = tonumber(redis.call('HGET', KEYS[3], 'holdUntil') or '0')
  local wanted = now + tonumber(ARGV[5])
  if wanted > held then redis.call('HSET', KEYS[3], 'holdUntil', string.format('%.0f', wanted)) end
end
local after = redis.call('HGET', KEYS[1], 'cause') or ''
if after == cause then return '' end
return after == '' and 'closed' or after
