-- Reads on in a tenant's feed, oldest first, with the clock that the ids of its lines follow.
-- KEYS: the feed, a stream. ARGV: the id of the line to read on after ('' = begin with the oldest that is young enough,
-- 'latest' = nothing that is there already), how old that may be in ms, how many lines at most.
-- Returns: now in ms, the id that was read on after ('0-0': of no line), 1 if its line is there, the lines.

local feed, after, oldest, most = KEYS[1], ARGV[1], nowMs() - tonumber(ARGV[2]), ARGV[3]

local function newestId()
  local newest = redis.call('XREVRANGE', feed, '+', '-', 'COUNT', 1)[1]
  return newest and newest[1] or '0-0'
end

if after == 'latest' then after = newestId() end
local from = after == '' and string.format('%.0f', math.max(0, oldest)) or '(' .. after
local lines = redis.call('XRANGE', feed, from, '+', 'COUNT', most)
-- All that is there is too old.
if after == '' and #lines == 0 then after = newestId() end
local isThere = after ~= '' and #redis.call('XRANGE', feed, after, after)
return { string.format('%.0f', nowMs()), after, isThere or 0, lines }
