-- What wrk asks, and how it tells. Arguments: "profile" and a token, or "sign-ins" and the number of accounts.

local threads = 0

function setup(thread)
  -- Each thread begins elsewhere among the accounts, so that no two sign in as one person at one time.
  thread:set("offset", threads)
  threads = threads + 1
end

function init(arguments)
  if arguments[1] == "profile" then
    wrk.headers["Authorization"] = "Bearer " .. arguments[2]
    local asked = wrk.format("GET", "/api/auth/profile")
    request = function() return asked end
    return
  end
  local accounts, number = tonumber(arguments[2]), offset * math.floor(tonumber(arguments[2]) / 2)
  wrk.headers["Content-Type"] = "application/json"
  request = function()
    number = (number + 1) % accounts
    local body = '{"username": "person' .. number .. '", "password": "a quiet green harbour"}'
    return wrk.format("POST", "/api/auth/login", nil, body)
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("figures %d %d %d %d\n", summary.requests, summary.duration, errors.status, broken))
end
