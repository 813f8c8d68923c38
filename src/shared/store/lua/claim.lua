-- Hands overdue ids to one rescuer and pushes them ahead, so that no two rescuers look at the same one and the walk
-- always moves on. The push grows with the set, which bounds the work at any backlog.
-- KEYS: a zset of ids by time. ARGV: most ids, least push ms, ids that may come round again in a second.
-- Returns: how many remain overdue, then the ids.
-- Putting off what is there takes no memory to speak of, and rescue frees some.
needNoRoom(KEYS[1])
local now = nowMs()
local overdue = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[1])
local push = math.max(tonumber(ARGV[2]), redis.call('ZCARD', KEYS[1]) / tonumber(ARGV[3]) * 1000)
for _, id in ipairs(overdue) do
  redis.call('ZADD', KEYS[1], string.format('%.0f', now + push), id)
end
local remain = redis.call('ZCOUNT', KEYS[1], '-inf', string.format('%.0f', now))
return { tostring(remain), unpack(overdue) }
