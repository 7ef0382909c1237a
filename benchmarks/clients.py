"""What a chat completion costs this process, by HTTP client: `python -m benchmarks.clients`."""

from __future__ import annotations

import asyncio
import time

import openai

from benchmarks.latency import slow_emulator

CALLS, AT_A_TIME, LATENCY_MS = 1000, 64, 50
SYSTEM = "You extract entities of a given type from a text. Answer with the entities alone, separated by commas."


async def measure(endpoint: str, http_client: object | None) -> tuple[float, float]:
    """Make the calls through one shared client.

    Returns:
        Seconds on the clock, and seconds of processor time of this process.
    """
    semaphore = asyncio.Semaphore(AT_A_TIME)
    async with openai.AsyncAzureOpenAI(
        azure_endpoint=endpoint, api_key="any", api_version="2025-04-01-preview", http_client=http_client
    ) as client:

        async def call(number: int) -> None:
            async with semaphore:
                text = f"Entity type: job title\nText: Engineer number {number} met the mayor.\nEntities:"
                messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": text}]
                await client.chat.completions.create(
                    model="gpt-5.4-mini", messages=messages, max_completion_tokens=1000
                )

        clock, processor = time.perf_counter(), time.process_time()
        await asyncio.gather(*(call(number) for number in range(CALLS)))
        return time.perf_counter() - clock, time.process_time() - processor


def main() -> None:
    """Measure openai's default client and its aiohttp client in turn, twice, and print the better of each."""
    clients = {"openai's default": lambda: None, "DefaultAioHttpClient": openai.DefaultAioHttpClient}
    print(f"{CALLS} chat completions, {AT_A_TIME} at a time, {LATENCY_MS} ms of model latency")
    with slow_emulator(LATENCY_MS) as endpoint:
        rounds = [{name: asyncio.run(measure(endpoint, make())) for name, make in clients.items()} for _ in range(2)]
    print(f"{'client':24}{'seconds':>10}{'processor':>12}")
    for name in clients:
        seconds, processor = min(measured[name] for measured in rounds)
        print(f"{name:24}{seconds:>10.1f}{processor:>12.1f}")


if __name__ == "__main__":
    main()
