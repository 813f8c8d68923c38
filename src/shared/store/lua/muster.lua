-- One worker's loop of deliveries says that it is there, by which everybody reckons how many slots there are.
-- KEYS: crew, lines, open roads, tenants that were served. ARGV: the loop, its life ms, the furthest time ms that a line can wait for.
-- Returns: how many are there.
local now = nowMs()
local function whole(ms) return string.format('%.0f', ms) end
needNoRoom(KEYS[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', whole(now))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. whole(now + tonumber(ARGV[2])), '+inf')
redis.call('ZADD', KEYS[1], whole(now + tonumber(ARGV[2])), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
-- What is counted by these has run out by itself.
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', whole(now))
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', whole(now))
-- Lines that were put off before Redis' clock was set back.
local far = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. whole(now + tonumber(ARGV[3])), '+inf', 'LIMIT', 0, 100)
for _, destination in ipairs(far) do redis.call('ZADD', KEYS[2], whole(now), destination) end
return redis.call('ZCARD', KEYS[1])
