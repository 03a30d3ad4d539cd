-- Takes one from a bucket: domain::bucket::Taken::take, for all nodes. The time comes with the question.
-- KEYS: the bucket. ARGV: now, one interval, a whole burst, the leeway, all in microseconds.
local now, one, whole, leeway = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('GET', KEYS[1])
local before, moved, allowed = now, false, 0
if kept then
  if not string.match(kept, '^%d+$') then return redis.error_reply('BUCKET is not a moment') end
  before = math.max(tonumber(kept), now)
  if before > now + whole + leeway then before, moved = now + whole, true end
end
local after = before + one
if after <= now + whole then allowed = 1 else after = before end
if allowed == 1 or moved then
  redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now + leeway) / 1000))
end
return {allowed, string.format('%.0f', after)}
