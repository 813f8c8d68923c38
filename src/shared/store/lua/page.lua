-- Reads on in indexes, newest first, from a position: what is older than it, ids of one millisecond in their own order. The
-- position need not be a member (any more), so its place among those of its millisecond is found by halving.
-- KEYS: zsets of ids by time. ARGV: the position's time in ms and its id ('' = after all of that time), how many.
-- Returns: for each zset so many ids at most, each followed by its time.

-- Byte by byte, as Redis sorts members; Lua's own comparison follows the server's locale.
local function isBelow(a, b)
  for at = 1, math.min(#a, #b) do
    if a:byte(at) ~= b:byte(at) then return a:byte(at) < b:byte(at) end
  end
  return #a < #b
end

local function rankBelow(key)
  local low = redis.call('ZCOUNT', key, '(' .. ARGV[1], '+inf')
  local high = low + redis.call('ZCOUNT', key, ARGV[1], ARGV[1])
  while low < high do
    local middle = math.floor((low + high) / 2)
    if isBelow(redis.call('ZREVRANGE', key, middle, middle)[1], ARGV[2]) then high = middle else low = middle + 1 end
  end
  return low
end

local found = {}
for _, key in ipairs(KEYS) do
  local first = rankBelow(key)
  found[#found + 1] = redis.call('ZREVRANGE', key, first, first + tonumber(ARGV[3]) - 1, 'WITHSCORES')
end
return found
