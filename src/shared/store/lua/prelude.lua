-- Shared by every script that changes a record. A record is a hash with `version` and `status`; a change names the
-- version that it was decided on and the statuses that the table of transitions allows. Anything else is refused, so a
-- decision that comes late, or twice, changes nothing. The commands that make up the change are handed in; nobody sees the
-- keys between two of them. (Redis does not undo a script that breaks half-way, so the commands must be ones that cannot.)

local function nowMs()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

-- Which server this is: another id after each restart and each failover. '' where it is not told.
local function serverRun()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''
end

-- Whether a worker's witness says all that the worker was told, on the server that the worker has judged.
local function remembers(witness, run, begun, beats)
  local told = redis.call('HMGET', witness, 'begun', 'beats')
  if not told[1] or not told[2] or serverRun() ~= run then return false end
  return tonumber(told[1]) >= tonumber(begun) and tonumber(told[2]) >= tonumber(beats)
end

-- Redis asks whether it has memory left when a script makes its first write, and never again, since it cannot stop it
-- half-way. What must be written however little is left, since it may be paid for, begins with a write that takes none.
local function needNoRoom(key)
  redis.call('PERSIST', key)
end

-- key: the record; read: its version ('0' = the record must not exist) and, after a space, the name of the write that made it,
-- where that is known: after a takeover that has forgotten writes, the same number may stand for another history.
-- sources: comma-separated statuses.
local function mayChange(key, read, sources)
  local version, write = string.match(read, '^(%d+) ?(.*)$')
  local record = redis.call('HMGET', key, 'version', 'status', 'write')
  if not record[1] then return version == '0' end
  if record[1] ~= version then return false end
  if write ~= '' and record[3] ~= write then return false end
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
