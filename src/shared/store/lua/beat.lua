-- A worker's beat: on the server that the worker has judged, and that remembers all that the worker was told, its witness and
-- the epoch say that it lives. Anywhere else nothing is changed. Either way it tells what is there, for the worker to judge.
-- KEYS: witness, epoch, jobs of everyone, those queued, those submitting.
-- ARGV: run, begun and beats as the worker was told, the witness's life in ms.
-- Returns: whether it beat (1 or 0), now in ms, run; the epoch's id, after, at and run; begun and beats; how many jobs there
-- are, and how many of them may be bought.
local now = nowMs()
local run = serverRun()
local epoch = redis.call('HMGET', KEYS[2], 'id', 'after', 'at', 'run')
local isKnown = epoch[1] and epoch[4] == run and remembers(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
if isKnown then
  needNoRoom(KEYS[1])
  redis.call('HINCRBY', KEYS[1], 'beats', 1)
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  redis.call('HSET', KEYS[2], 'at', string.format('%.0f', now))
end
local witness = redis.call('HMGET', KEYS[1], 'begun', 'beats')
local jobs = redis.call('ZCARD', KEYS[3])
local buyable = redis.call('ZCARD', KEYS[4]) + redis.call('ZCARD', KEYS[5])
return {
  isKnown and 1 or 0, now, run, epoch[1], epoch[2], epoch[3], epoch[4], witness[1], witness[2], jobs, buyable,
}
