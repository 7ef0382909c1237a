-- What wrk sends to the flow service, or to the emulator behind it: texts of which no two are the same.
-- wrk ... -s benchmarks/serving.lua URL -- RUN PAUSE
--   RUN    keeps the texts of several runs apart
--   PAUSE  milliseconds that each connection waits between an answer and the next request, on average; 0 for none

local headers = { ["Content-Type"] = "application/json", ["api-key"] = "benchmark" }
local run, pause, count, body = "", 0, 0, ""

function init(arguments)
  run, pause = arguments[1], tonumber(arguments[2])
  math.randomseed(os.time())
  body = '{"entity_type": "job title", "text": "%s"}'
  if wrk.path:find("/deployments/") then
    body = '{"messages": [{"role": "system", "content": "You extract entities of a given type from a text."}, '
      .. '{"role": "user", "content": "Entity type: job title\\nText: %s\\nEntities:"}]}'
  end
  if pause > 0 then
    function delay() return math.random(0, 2 * pause) end
  end
end

function request()
  count = count + 1
  local text = string.format("Nurse %d met an engineer of station %s.", count, run)
  return wrk.format("POST", nil, headers, string.format(body, text))
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('\n{"requests": %d, "seconds": %f, "p50": %f, "p95": %f, "failed": %d}\n', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(95) / 1000, failed))
end
