-- Reads a record together with Redis' clock, by which every deadline that crosses processes is decided.
-- KEYS: record. Returns: now in ms, then status, version, state, request (only of jobs), format, the name of the last write.
local record = redis.call('HMGET', KEYS[1], 'status', 'version', 'state', 'request', 'format', 'write')
return { tostring(nowMs()), record[1], record[2], record[3], record[4], record[5], record[6] }
