-- Reads on in indexes, newest or oldest first, from a position: what lies behind it, ids of one millisecond in their own
-- order. The position need not be a member (any more), so its place among those of its millisecond is found by halving.
-- KEYS: zsets of ids by time. ARGV: the position's time in ms and its id ('' = newest first: after all of that time, oldest
-- first: before all of it), how many, 'newest' or 'oldest'.
-- Returns: for each zset so many ids at most, each followed by its time.

local at, id, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local isUpward = ARGV[4] == 'oldest'
local range = isUpward and 'ZRANGE' or 'ZREVRANGE'

-- Byte by byte, as Redis sorts members; Lua's own comparison follows the server's locale.
local function isBelow(a, b)
  for n = 1, math.min(#a, #b) do
    if a:byte(n) ~= b:byte(n) then return a:byte(n) < b:byte(n) end
  end
  return #a < #b
end

local function isBehind(member)
  if isUpward then return isBelow(id, member) end
  return isBelow(member, id)
end

local function countBefore(key)
  if isUpward then return redis.call('ZCOUNT', key, '-inf', '(' .. at) end
  return redis.call('ZCOUNT', key, '(' .. at, '+inf')
end

local function firstBehind(key)
  local low = countBefore(key)
  local high = low + redis.call('ZCOUNT', key, at, at)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if isBehind(redis.call(range, key, middle, middle)[1]) then high = middle else low = middle + 1 end
  end
  return low
end

local found = {}
for _, key in ipairs(KEYS) do
  local first = firstBehind(key)
  found[#found + 1] = redis.call(range, key, first, first + most - 1, 'WITHSCORES')
end
return found
