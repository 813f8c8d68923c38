-- Shared by the scripts that hand out places, after the prelude. A delivery's queue entry is worked on only while it holds
-- a place: a lease by Redis' clock, in the set of its destination, of its tenant and of all. Whoever has not begun yet stands
-- in the line of its destination, with a place or without. A destination has as many places as its cap says, none while its
-- breaker is open, and one, the probe's, when that time is over; a tenant has its share of all slots. A destination that
-- only its tenant's share holds back stands in the tenant's ring, and they take turns.
-- KEYS from `key`: places of the tenant and of the destination; its line, its road; the tenant's ring; all lines; open roads;
-- crew; tenants. ARGV from `word`: entry ('' = nobody's), destination, tenant, lease ms, slots of one worker.

local FIRST_CAP = 5
local TENANT_SHARE = 0.4
local ROW_TO_OPEN = 5
local FIRST_OPEN_MS = 30000
local LONGEST_OPEN_MS = 600000
-- A destination that nothing was sent to for so long is as good as new. It is longer than any lease.
local IDLE_MS = 3600000
-- A line is looked at so often, unless it is put off (leave.lua) or there are many (claim.lua), and a place that nobody began on
-- in this time was not told of.
local LOOK_MS = 5000
local UNTOLD_MS = 3000
-- A lease that is younger than this need not be renewed.
local YOUNG_MS = 5000
local CREW_LIFE_MS = 10000

local now, entry, destination, tenant, leaseMs, slots
local placesOfTenant, placesHere, line, roadKey, ring, lines, openRoads, crew, tenants

local function whole(ms)
  return string.format('%.0f', ms)
end

local function standAt(key, word)
  now = nowMs()
  placesOfTenant, placesHere, line, roadKey, ring, lines, openRoads, crew, tenants = unpack(KEYS, key, key + 8)
  entry, destination, tenant, leaseMs, slots = unpack(ARGV, word, word + 4)
  leaseMs, slots = tonumber(leaseMs), tonumber(slots)
end

-- A lease that ends later than any can was given before Redis' clock was set back.
local function isLive(lease)
  lease = tonumber(lease or '0')
  return lease > now and lease <= now + leaseMs
end

local function countLive(zset)
  return redis.call('ZCOUNT', zset, '(' .. whole(now), whole(now + leaseMs))
end

local function leaseOf(who)
  return redis.call('ZSCORE', placesHere, who)
end

local function takePlace(who)
  redis.call('ZADD', placesHere, whole(now + leaseMs), who)
  redis.call('ZADD', placesOfTenant, whole(now + leaseMs), who)
end

local function dropPlace()
  redis.call('ZREM', placesHere, entry)
  redis.call('ZREM', placesOfTenant, entry)
end

local function tenantsShare()
  local workers = redis.call('ZCOUNT', crew, '(' .. whole(now), whole(now + CREW_LIFE_MS))
  return math.max(1, math.floor(math.max(1, workers) * slots * TENANT_SHARE))
end

-- cap: places at once while it is closed. row: failures in a row. openMs: for how long it was opened last, 0 = closed.
-- waitMs: how long until the probe.
local function readRoad()
  local told = redis.call('HMGET', roadKey, 'cap', 'row', 'openMs', 'openUntil')
  local openMs = tonumber(told[3] or '0')
  local waitMs = math.max(0, tonumber(told[4] or '0') - now)
  -- More than it was opened for: Redis' clock was set back.
  if waitMs > openMs then waitMs = 0 end
  return { cap = tonumber(told[1] or FIRST_CAP), row = tonumber(told[2] or '0'), openMs = openMs, waitMs = waitMs }
end

local function capOf(road, share)
  if road.openMs == 0 then return math.min(road.cap, share) end
  return road.waitMs > 0 and 0 or 1
end

-- Whoever looks after all lines knows of this one exactly as long as somebody stands in it.
local function joinLine()
  redis.call('ZADD', line, 'NX', whole(now), entry)
  redis.call('ZADD', lines, 'LT', whole(now + LOOK_MS), destination)
end

local function leaveLine()
  redis.call('ZREM', line, entry)
  if redis.call('ZCARD', line) == 0 then redis.call('ZREM', lines, destination) end
end

-- Gives up to `most` places to those who stand first. Returns who is to be told, how many were given, and whether somebody
-- is left without one. `isLook`: those are told again who should have begun by now.
local function callUp(live, most, isLook)
  local told, given, isLeft = {}, 0, false
  -- Holders who have not begun may stand between.
  local first = redis.call('ZRANGE', line, 0, live + math.max(0, most))
  if #first == 0 then return told, given, isLeft end
  local leases = redis.call('ZMSCORE', placesHere, unpack(first))
  for index, who in ipairs(first) do
    if isLive(leases[index]) then
      local isUntold = tonumber(leases[index]) <= now + leaseMs - UNTOLD_MS
      if isLook and isUntold then told[#told + 1] = who end
    elseif given < most then
      takePlace(who)
      given = given + 1
      told[#told + 1] = who
    else
      isLeft = true
    end
  end
  if given > 0 then
    redis.call('PEXPIRE', placesHere, IDLE_MS)
    redis.call('PEXPIRE', placesOfTenant, IDLE_MS)
    redis.call('ZADD', tenants, whole(now + leaseMs), tenant)
  end
  return told, given, isLeft
end

local function toRingsEnd()
  local last = redis.call('ZRANGE', ring, -1, -1, 'WITHSCORES')
  redis.call('ZADD', ring, whole(tonumber(last[2] or '0') + 1), destination)
end

-- Hands out what places are free here. Others in the ring come first, one each, unless it is this destination's turn.
-- Returns who is to be told, and which destination of the tenant is next ('' = none).
local function serve(road, share, isLook)
  local inRing = redis.call('ZCARD', ring)
  if inRing == 0 and redis.call('ZCARD', line) == 0 then return {}, '' end
  local live = countLive(placesHere)
  local here, ofTenant = capOf(road, share) - live, share - countLive(placesOfTenant)
  local isIn = inRing > 0 and redis.call('ZSCORE', ring, destination) ~= false
  local turn = ofTenant - inRing + (isIn and 1 or 0)
  if isIn and redis.call('ZRANGE', ring, 0, 0)[1] == destination then turn = math.max(turn, 1) end
  local told, given, isLeft = callUp(live, math.min(here, ofTenant, turn), isLook)
  if not isLeft or here - given <= 0 then
    if isIn then redis.call('ZREM', ring, destination) end
  elseif given > 0 or not isIn then
    toRingsEnd()
  end
  local next = ofTenant - given > 0 and redis.call('ZRANGE', ring, 0, 0)[1] or destination
  return told, next ~= destination and next or ''
end
