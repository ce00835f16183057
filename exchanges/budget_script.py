"""What Valkey does, as one step each, with an account's counts: the same rule as `sliding_windows`, on Valkey's clock.

One hash an account. Fields: `stop/ROUTE` is the time (microseconds) until which calls stop; `w/WHAT:SLICE_US:NUMBER` is
what a slice counts. Fields that no longer count are removed by whoever comes by; all of it expires when nobody does.
"""

from exchanges.sliding_windows import SLICES

CLOCK = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
"""

_STATE = f"""
local key, slices = KEYS[1], {SLICES}
local stopped, counts = {{}}, {{}}
local flat = redis.call('HGETALL', key)
for i = 1, #flat, 2 do
  local field, value = flat[i], tonumber(flat[i + 1])
  if field:sub(1, 5) == 'stop/' then
    if value > now then stopped[field:sub(6)] = value else redis.call('HDEL', key, field) end
  else
    local window, length, number = field:match('^(.*):(%d+):(%d+)$')
    length, number = tonumber(length), tonumber(number)
    if number < math.floor(now / length) - slices then
      redis.call('HDEL', key, field)
    else
      local id = window .. ':' .. string.format('%d', length)
      counts[id] = counts[id] or {{total = 0, slices = {{}}}}
      counts[id].total = counts[id].total + value
      table.insert(counts[id].slices, {{number, value}})
    end
  end
end
local function keep(milliseconds)
  if redis.call('PTTL', key) < milliseconds then redis.call('PEXPIRE', key, milliseconds) end
end
local function add(id, length, amount)
  redis.call('HINCRBY', key, id .. ':' .. string.format('%.0f', math.floor(now / length)), amount)
  keep(math.ceil(length * (slices + 2) / 1000))
end
"""

_TAKE = """
local route, wait, why = ARGV[1], 0, 0
for _, scope in ipairs({'', route}) do
  if stopped[scope] and stopped[scope] - now > wait then wait = stopped[scope] - now end
end
for i = 2, #ARGV, 4 do
  local id, length, allowed, cost = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3])
  local used = counts[id]
  local over = (used and used.total or 0) + math.min(cost, allowed) - allowed
  if cost > 0 and over > 0 then
    table.sort(used.slices, function(a, b) return a[1] < b[1] end)
    for _, slice in ipairs(used.slices) do
      over = over - slice[2]
      if over <= 0 then
        local needed = (slice[1] + slices + 1) * length - now
        if needed > wait then wait, why = needed, (i + 2) / 4 end
        break
      end
    end
  end
end
if wait == 0 then
  for i = 2, #ARGV, 4 do
    if tonumber(ARGV[i + 3]) > 0 then add(ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 3]) end
  end
end
return {string.format('%.0f', wait), why}
"""

_TOLD = """
for i = 1, #ARGV, 3 do
  local missing = tonumber(ARGV[i + 2]) - (counts[ARGV[i]] and counts[ARGV[i]].total or 0)
  if missing > 0 then add(ARGV[i], tonumber(ARGV[i + 1]), missing) end
end
"""

_STOP = """
local til = math.max(now + tonumber(ARGV[2]), stopped[ARGV[1]] or 0)
redis.call('HSET', key, 'stop/' .. ARGV[1], string.format('%.0f', til))
keep(math.ceil((til - now) / 1000) + 1000)
"""

TAKE = CLOCK + _STATE + _TAKE
"""ARGV: route, then for each window its id, slice in microseconds, what is allowed, what is asked for. Returns how many
microseconds to wait, 0 when it was counted, and which window (from 1) asks for it, 0 for a stop."""

TOLD = CLOCK + _STATE + _TOLD
"""ARGV: for each window its id, slice in microseconds, and what is used of it at least."""

STOP = CLOCK + _STATE + _STOP
"""ARGV: route, microseconds."""
