-- A delivery whose time has come asks for a place, and stands in line until it has one.
-- KEYS, ARGV: as places.lua wants them, from the first.
-- Returns: 1 when the entry holds a place, else 0; the tenant's next destination ('' = none); whom else to tell.
standAt(1, 1)
if isLive(leaseOf(entry)) then return { '1', '' } end
-- Standing in line takes no memory to speak of, and rescue must get past it.
needNoRoom(line)
joinLine()
local told, next = serve(readRoad(), tenantsShare(), false)
return { isLive(leaseOf(entry)) and '1' or '0', next, unpack(told) }
