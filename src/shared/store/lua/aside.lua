-- Takes what cannot be understood off both walks, in one step, so that nobody acts on it until it is looked at again.
-- KEYS: due, purge, aside. ARGV: id, ms until then.
-- Returns: 1; 0 when it was aside already.
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('ZADD', KEYS[3], 'NX', string.format('%.0f', nowMs() + tonumber(ARGV[2])), ARGV[1])
