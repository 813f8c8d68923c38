-- Writes one change of a record: guard first, then all its commands.
-- KEYS: record, idempotency key (or the record again when there is none), then every key that the commands touch.
-- ARGV: version, sources, idempotency value ('' = none), name of this write, commands.
-- Returns: 'written', 'stale' (somebody else moved the record), or the value that already holds the idempotency key.

-- Sent again over a new connection, after its answer was lost.
if redis.call('HGET', KEYS[1], 'write') == ARGV[4] then return 'written' end
if ARGV[3] ~= '' then
  local holder = redis.call('GET', KEYS[2])
  if holder then return holder end
end
if not mayChange(KEYS[1], ARGV[1], ARGV[2]) then return 'stale' end
redis.call('HSET', KEYS[1], 'write', ARGV[4])
if ARGV[3] ~= '' then redis.call('SET', KEYS[2], ARGV[3]) end
run(5)
return 'written'
