-- The failures in a row under a key, and `more` of them: domain::failures::Failures, for all nodes.
-- KEYS: the failures. ARGV: now, how many more, how long they are kept, the leeway, all times in microseconds.
local now, more, span, leeway = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('GET', KEYS[1])
local count, last, moved = 0, now, false
if kept then
  local number, moment = string.match(kept, '^(%d+) (%d+)$')
  if not number then return redis.error_reply('FAILURES are no count and moment') end
  count, last = tonumber(number), tonumber(moment)
  if last > now + leeway then last, moved = now, true end
  if now - last >= span then count, last = 0, now end
end
if more > 0 then count, last = count + more, math.max(last, now) end
if count > 0 and (more > 0 or moved) then
  local text = string.format('%.0f %.0f', count, last)
  redis.call('SET', KEYS[1], text, 'PX', math.ceil((last - now + span + leeway) / 1000))
end
return {count, string.format('%.0f', last)}
