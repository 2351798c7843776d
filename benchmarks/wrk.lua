-- Request random lines of a file and print the results in one line. Arguments: the file, a random seed, and
-- optionally the method and the body; `%d` in the body is a number that differs from request to request.
-- A line is a path and, optionally after a tab, the ETag for If-None-Match.

local requests = {}
local paths = {}
local method, body, number = "GET", nil, 0

function init(args)
  math.randomseed(tonumber(args[2]))
  for line in io.lines(args[1]) do
    local path, etag = line:match("^([^\t]*)\t?(.*)$")
    wrk.headers["If-None-Match"] = etag ~= "" and etag or nil
    paths[#paths + 1] = path
    requests[#requests + 1] = wrk.format("GET", path)
  end
  method, body = args[3] or method, args[4]
  number = math.random(1000000) * 1000
end

function request()
  local chosen = math.random(#requests)
  if not body then
    return requests[chosen]
  end
  number = number + 1
  return wrk.format(method, paths[chosen], nil, string.format(body, number))
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  print(string.format("result %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), failed))
end
