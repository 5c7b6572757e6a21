"""What the people in the pictures say, and what they are answered."""

from __future__ import annotations

LIMITER_QUESTION = (
    "The gateway drops bursts after every deploy. Is a token bucket enough, or do I need a sliding window?"
)
LIMITER_REASONING = (
    "The person describes bursts after a deploy, so many clients reconnect at the same moment. A sliding window log "
    "costs memory for every request; a bucket costs two numbers. What matters is the size of the burst."
)
LIMITER_ANSWER = """\
### A token bucket is enough if you size it for the burst

The second hump starts at the refill tick: the limiter shapes the traffic, not the upstream.

1. **Size for the burst.** Set `capacity` to two seconds of peak rate, not to the mean.
2. **Refill continuously.** Compute the level when you read it; drop the timer thread.

$$B(t) = \\min\\bigl(C,\\ B(t_0) + r\\,(t - t_0)\\bigr) \\qquad T_{\\text{wait}} = \\frac{\\max(0,\\ n - B(t))}{r}$$

| Limiter | Burst allowed | Memory per key | Worst overshoot |
|---|---|---:|---:|
| Token bucket | up to *C* | 16 B | *C* |
| Sliding window log | none | 8 B × requests | 0 |
"""
CODE_QUESTION = "Write it for asyncio, one bucket per key."
CODE_ANSWER = """\
```python
class Bucket:
    async def take(self, n: int = 1) -> float:
        async with self.lock:
            self.level = min(self.cap, self.level + self.elapsed() * self.rate) - n
            return max(0.0, -self.level / self.rate)  # seconds to wait
```
"""
STREAM_QUESTION = "Then add a test that replays the burst from the histogram."
STREAM_PIECES = (
    "The test needs a clock of its own, so that it does not wait:\n\n",
    "```python\nasync def test_a_burst_is_let_through(clock):\n    bucket = Bucket(cap=200, rate=100, clock=clock)\n",
    "    waits = [await bucket.take() for _ in range(200)]\n    assert max(waits) == 0\n```\n\n",
    "It replays what the histogram shows: two hundred requests within one tick, then ",
)
CHINESE_QUESTION = "把这段发布说明翻译成英文，并保留版本号：2.4 版修复了断线重连时的竞争问题，启动快了一倍。"
CHINESE_ANSWER = """\
**英文译文**

> Version 2.4 fixes a race while reconnecting and starts twice as fast.

说明两点：

- “竞争问题”在并发语境下译作 *race*，不译作 competition。
- “快了一倍”写成 `twice as fast`，避免读者误解为快两倍。
"""
ARABIC_QUESTION = "اكتب لي رسالة قصيرة أعتذر فيها عن التأخر في الرد على العميل."
ARABIC_ANSWER = """\
**رسالة مقترحة**

السلام عليكم ورحمة الله،

أعتذر عن التأخر في الرد على رسالتكم المؤرخة 12 نوفمبر. راجعنا الطلب رقم `A-2041` وسيصلكم العرض قبل نهاية الأسبوع.

1. نراجع الأسعار اليوم.
2. نرسل العقد غدًا.

مع خالص التحية
"""
FIGURES_QUESTION = "Show me how a request passes the bucket, and why the level never exceeds its capacity."
FIGURES_ANSWER = """\
Every request asks the bucket, which first adds what has come in since the last one:

```mermaid
flowchart LR
  request[Request] --> refill[Refill]
  refill --> enough{Enough?}
  enough -->|yes| pass[Let through]
  enough -->|no| wait[Wait]
  wait --> refill
```

With a rate $r$ and a capacity $C$, the level after $\\Delta t$ seconds is $\\min(C, B + r\\,\\Delta t)$, so it stays
within $0 \\le B \\le C$. What passes in a window of length $T$ is at most[^1]

$$\\int_{0}^{T} r \\,dt + C = rT + C$$

[^1]: This is the *burst bound*: nobody gets more than the rate allows, plus one full bucket.
"""
WIDE_QUESTION = "Where did the requests of the last day come from? Hour by hour, with the map."
WIDE_ANSWER = (
    "![Requests by city](https://maps.example.org/requests-2026-11-20.png)\n\n"
    "| Hour | Frankfurt | Amsterdam | Helsinki | São Paulo | Singapore | Tokyo | Johannesburg "
    "| Los Angeles | Mumbai | Sydney | Elsewhere |\n"
    f"|---|{'---:|' * 11}\n"
    + "".join(
        f"| {hour:02}:00 |" + "".join(f" {(hour + 3) * (place + 5) * 37 % 9_000:,} |" for place in range(11)) + "\n"
        for hour in range(24)
    )
    + "\nFrankfurt leads until noon; *Los Angeles* takes over at night.\n"
)
LIMITED_ANSWER = (
    "A mutex has one owner, who alone may release it. A semaphore counts: it lets several in, and any of them "
)
SHORT_QUESTION = "What is the difference between a mutex and a semaphore?"
SHORT_ANSWER = """\
A **mutex** has an owner: whoever locked it unlocks it. A **semaphore** counts: anybody may add, anybody may take.

- Use a mutex to protect data.
- Use a semaphore to limit how many do something at once.
"""
PRODUCED = "The way follows the left bank as far as Wesseling. The distance still has to be looked up."
LONG_TITLE = (
    "Why does hf.co/unsloth/Qwen3-30B-A3B-Instruct-2507-GGUF:Q4_K_M answer in another language than it is asked in"
)
FILLER = (
    ("Invoice PDF to CSV", 5), ("Qt model and view: tree sorting", 9), ("Parse nginx logs with DuckDB", 26),
    ("Why is p95 worse on Mondays", 28), ("Lisbon, three days", 30), ("Regex for IBAN", 33),
    ("Schema for a usage ledger", 60), ("Explain Raft to Ana", 75), ("Cover letter, second pass", 98),
    ("Benchmark notes, qwen3 8b", 120), ("Postgres partitions", 140), ("Release checklist", 300),
    ("A name for the cat", 420), ("Tax questions for the accountant", 800), ("Bread at high altitude", 1500),
    ("Gateway design notes", 640), ("Weekly review prompt", 700),
)  # fmt: skip

MODEL_NAMES = (
    "通义千问/旗舰版-长文本",
    "جيس/نموذج-عربي-30B",
    "hf.co/unsloth/Qwen3-30B-A3B-Instruct-2507-GGUF:Q4_K_M",
)

THOUGHT = """The question is about risk, not about speed. A token bucket is one number and a clock; a sliding window
keeps every request of a minute.

So the first one is easier to get right, and easier to take back."""
