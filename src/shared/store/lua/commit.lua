-- Writes one change of a record: guard first, then the conditions, then all its commands.
-- KEYS: record, then every key that the conditions and the commands touch.
-- ARGV: version, sources, name of this write, conditions, commands (each list as `eachOf` reads it).
-- Conditions, of which the first that does not hold ends it:
--   free key                    nobody holds the idempotency key
--   version key version         another record is as it was read ('0': there is none)
--   room zset most              the set has fewer members
--   budget counter amount most  the counter, so much higher, is not above the limit
--   owner hash field id         the field is absent, or says id
--   memory key percent          less than so much of the memory that the server may use is used
-- Returns: { 'written' | 'stale' (somebody else moved a record) | the condition's name, what was found instead }.

-- Of `maxmemory`, in whole percent; 0 where there is no such limit, or it is not told.
local function memoryPercent()
  local info = redis.pcall('INFO', 'memory')
  if type(info) ~= 'string' then return 0 end
  local most = tonumber(string.match(info, '\nmaxmemory:(%d+)') or '0')
  return most > 0 and math.floor(tonumber(string.match(info, '\nused_memory:(%d+)')) / most * 100) or 0
end

local function obstacle(kind, key, a, b)
  if kind == 'free' then
    return redis.call('GET', key)
  elseif kind == 'version' then
    local version = redis.call('HGET', key, 'version') or '0'
    return version ~= a and 'stale'
  elseif kind == 'room' then
    local count = redis.call('ZCARD', key)
    return count >= tonumber(a) and tostring(count)
  elseif kind == 'budget' then
    local spent = redis.call('GET', key) or '0'
    return tonumber(spent) + tonumber(a) > tonumber(b) and spent
  elseif kind == 'memory' then
    local used = memoryPercent()
    return used >= tonumber(a) and tostring(used)
  elseif kind == 'owner' then
    local owner = redis.call('HGET', key, a)
    return owner and owner ~= b and owner
  end
  error('unknown condition ' .. kind)
end

-- Sent again over a new connection, after its answer was lost.
if redis.call('HGET', KEYS[1], 'write') == ARGV[3] then return { 'written', '' } end
-- Who holds the idempotency key is told even to those who come too late to write.
local isCurrent = mayChange(KEYS[1], ARGV[1], ARGV[2])
local refusal
local first = eachOf(4, function(kind, ...)
  if refusal or not (isCurrent or kind == 'free') then return end
  local found = obstacle(kind, ...)
  if found then refusal = { kind, found } end
end)
if refusal and refusal[1] ~= 'version' then return refusal end
if refusal or not isCurrent then return { 'stale', '' } end
-- Only what is new may be refused for want of memory.
if ARGV[1] ~= '0' then needNoRoom(KEYS[1]) end
redis.call('HSET', KEYS[1], 'write', ARGV[3])
run(first)
return { 'written', '' }
