-- Writes what a worker has judged about a server, if nothing has moved since it looked: the server itself, its epoch, and
-- the switch of submissions.
-- KEYS: epoch, submissions, then every key that the commands touch.
-- ARGV: run, the epoch's id and at ('' = there was none), its id afterwards, the version of submissions ('0' = none), commands.
-- Returns: 1 when it is written, 0 when it is not.
local epoch = redis.call('HMGET', KEYS[1], 'id', 'at')
local version = redis.call('HGET', KEYS[2], 'version')
-- Sent again over a new connection, after its answer was lost.
if epoch[1] == ARGV[4] and ARGV[4] ~= ARGV[2] then return 1 end
if serverRun() ~= ARGV[1] or (epoch[1] or '') ~= ARGV[2] or (epoch[2] or '') ~= ARGV[3] then return 0 end
if (version or '0') ~= ARGV[5] then return 0 end
-- A pause must not fail for want of memory.
needNoRoom(KEYS[1])
run(6)
return 1
