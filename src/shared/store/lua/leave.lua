-- An entry gives its place back, with what its attempt says of the destination, and whoever stands in line is called up.
-- Without an entry it is only looked whether there is somebody to call up.
-- KEYS: as places.lua wants them, from the first.
-- ARGV: those of places.lua; what came of the attempt (up: the destination answered, down: it failed, silent: neither is
-- known); what follows for its cap (fast, slow: an event was taken, more, less: see below, same).
-- Returns: what has turned (opened, closed or ''); for how long it was opened, in ms; the tenant's next destination ('' =
-- none); whom to tell.
standAt(1, 1)
-- Of the keys here the line has no time limit to lose.
needNoRoom(line)

local function capAfter(cap, pace, share)
  if pace == 'less' then return math.max(1, math.floor(cap / 2)) end
  if pace == 'same' then return cap end
  if cap < FIRST_CAP then return cap + 1 end
  -- Beyond the first cap only those get who are quick to take an event.
  if pace == 'slow' then return FIRST_CAP end
  return math.max(cap, math.min(cap + 1, share))
end

-- A failure while it is open comes from an attempt that began before, and is no news.
local function breakerAfter(road, verdict)
  if verdict == 'up' then return 0, 0 end
  local row = road.row + 1
  if road.openMs == 0 then return row, row >= ROW_TO_OPEN and FIRST_OPEN_MS or 0 end
  return row, road.waitMs > 0 and road.openMs or math.min(road.openMs * 2, LONGEST_OPEN_MS)
end

-- Notes what has changed, in `road` too. Returns what has turned, and for how long it was opened.
local function learn(road, share, verdict, pace)
  if verdict == 'silent' then return '', 0 end
  local cap, wasOpenMs = capAfter(road.cap, pace, share), road.openMs
  local row, openMs = breakerAfter(road, verdict)
  if cap ~= road.cap or row ~= road.row or openMs ~= wasOpenMs then
    redis.call('HSET', roadKey, 'cap', cap, 'row', row, 'openMs', whole(openMs))
  end
  redis.call('PEXPIRE', roadKey, IDLE_MS)
  road.cap, road.row, road.openMs = cap, row, openMs
  if openMs == 0 then
    if wasOpenMs > 0 then redis.call('ZREM', openRoads, destination) end
    return wasOpenMs > 0 and 'closed' or '', 0
  end
  if road.waitMs > 0 then return '', 0 end
  road.waitMs = openMs
  redis.call('HSET', roadKey, 'openUntil', whole(now + openMs))
  redis.call('ZADD', openRoads, whole(now + IDLE_MS), destination)
  return 'opened', openMs
end

-- What ran out is cleared away when nobody is in a hurry.
local function tidy(zset)
  redis.call('ZREMRANGEBYSCORE', zset, '-inf', whole(now))
  redis.call('ZREMRANGEBYSCORE', zset, '(' .. whole(now + leaseMs), '+inf')
end

local road, share = readRoad(), tenantsShare()
local turned, openMs = '', 0
if entry == '' then
  tidy(placesHere)
  tidy(placesOfTenant)
  if redis.call('ZCARD', line) == 0 then redis.call('ZREM', lines, destination) end
  -- There is nobody to call up before that.
  if road.waitMs > 0 then redis.call('ZADD', lines, 'XX', whole(now + road.waitMs), destination) end
else
  dropPlace()
  leaveLine()
  turned, openMs = learn(road, share, ARGV[6], ARGV[7])
end
local told, next = serve(road, share, entry == '')
return { turned, whole(openMs), next, unpack(told) }
