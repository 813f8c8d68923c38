-- Writes one change of a record: guard first, then all its commands.
-- KEYS: record, idempotency key (or the record again when there is none), then every key that the commands touch.
-- ARGV: version, sources, idempotency value ('' = none), commands.
-- Returns: 'written', 'stale' (somebody else moved the record), or the value that already holds the idempotency key.
if ARGV[3] ~= '' then
  local holder = redis.call('GET', KEYS[2])
  if holder then return holder end
end
if not mayChange(KEYS[1], ARGV[1], ARGV[2]) then return 'stale' end
if ARGV[3] ~= '' then redis.call('SET', KEYS[2], ARGV[3]) end
run(4)
return 'written'
