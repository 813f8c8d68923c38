-- Shared by every script that changes a record. A record is a hash with `version` and `status`; a change names the
-- version that it was decided on and the statuses that the table of transitions allows. Anything else is refused, so a
-- decision that comes late, or twice, changes nothing. The commands that make up the change are handed in; nobody sees the
-- keys between two of them. (Redis does not undo a script that breaks half-way, so the commands must be ones that cannot.)

local function nowMs()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

-- key: the record; version: as read ('0' = the record must not exist); sources: comma-separated statuses.
local function mayChange(key, version, sources)
  local record = redis.call('HMGET', key, 'version', 'status')
  if not record[1] then return version == '0' end
  if record[1] ~= version then return false end
  return string.find(',' .. sources .. ',', ',' .. record[2] .. ',', 1, true) ~= nil
end

-- Calls visit with the words of each list that starts at ARGV[first]: a count, then for each its length and its words.
-- Returns where the next list of lists begins.
local function eachOf(first, visit)
  local at = first + 1
  for _ = 1, tonumber(ARGV[first]) do
    local length = tonumber(ARGV[at])
    visit(unpack(ARGV, at + 1, at + length))
    at = at + 1 + length
  end
  return at
end

-- Runs the commands that start at ARGV[first].
local function run(first)
  eachOf(first, redis.call)
end
