-- Begins an attempt, if its entry has a place or gets one, and writes in the same step that it is under way. Whoever is
-- refused stands in line. A breaker that opened after the place was given takes it back, so that there is one probe.
-- KEYS: record, those of places.lua, then every key that the commands touch.
-- ARGV: version, sources, name of this write, those of places.lua, commands.
-- Returns: 'admitted' | 'stale' (somebody else moved the record) | 'open' | 'parked'; how long the breaker stays open, in ms;
-- the tenant's next destination ('' = none); whom else to tell.

-- Sent again over a new connection, after its answer was lost.
if redis.call('HGET', KEYS[1], 'write') == ARGV[3] then return { 'admitted', '0', '' } end
if not mayChange(KEYS[1], ARGV[1], ARGV[2]) then return { 'stale', '0', '' } end
needNoRoom(KEYS[1])
standAt(2, 4)
local road, told, next = readRoad(), {}, ''
local lease = leaseOf(entry)
if isLive(lease) and road.openMs > 0 and (road.waitMs > 0 or countLive(placesHere) > 1) then
  dropPlace()
  lease = false
end
if not isLive(lease) then
  joinLine()
  told, next = serve(road, tenantsShare(), false)
  lease = leaseOf(entry)
end
if not isLive(lease) then
  return { road.openMs > 0 and 'open' or 'parked', whole(road.waitMs), next, unpack(told) }
end
if tonumber(lease) < now + leaseMs - YOUNG_MS then takePlace(entry) end
leaveLine()
redis.call('HSET', KEYS[1], 'write', ARGV[3])
run(9)
return { 'admitted', '0', next, unpack(told) }
