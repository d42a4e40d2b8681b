"""A client that has none of our code: it knows the AsyncAPI document, the broker's address, and Pulsar's own Python client.

Publishes a portfolio with its instruments, two years of bars, its positions and the clock on the upstream channels, then reads
our channels until a snapshot of the portfolio has come. Every message on both ways is checked against the document's schemas.
Prints what it has seen as one JSON object.

Usage: outside_client.py ASYNCAPI.json SERVICE_URL TENANT TOKEN
"""

import json
import random
import sys
import time
import uuid
from datetime import date, datetime, timedelta, timezone

import jsonschema
import pulsar

document_path, service_url, tenant, token = sys.argv[1:5]
with open(document_path, encoding="utf-8") as file:
    document = json.load(file)

PORTFOLIO = "OUTSIDE"
INSTRUMENTS = {"ONE": 100.0, "TWO": 40.0}
QUANTITIES = {"ONE": 600, "TWO": 900}
CASH = 4000.0
DAYS = 520


def channel_of(message):
    """The address of the one channel that carries a message."""
    [address] = [c["address"] for c in document["channels"].values() if message in c["messages"]]
    return address.replace("{tenant}", tenant)


validators = {
    name: jsonschema.Draft7Validator(message["payload"]["schema"])
    for name, message in document["components"]["messages"].items()
}
client = pulsar.Client(service_url, authentication=pulsar.AuthenticationToken(token), logger=pulsar.ConsoleLogger(pulsar.LoggerLevel.Error))
producers = {}
sequences = {}


def publish(message, key, occurred_at, data):
    topic = channel_of(message)
    if topic not in producers:
        producers[topic] = client.create_producer(topic, batching_enabled=False)
    sequences[topic, key] = sequences.get((topic, key), 0) + 1
    event = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "/upstream/outside-client",
        "type": message,
        "subject": key,
        "time": occurred_at,
        "datacontenttype": "application/json",
        "sequence": sequences[topic, key],
        "recordedat": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "correlationid": str(uuid.uuid4()),
        "data": data,
    }
    validators[message].validate(event)
    producers[topic].send(json.dumps(event).encode(), partition_key=key)


def close_of(day):
    return f"{day.isoformat()}T21:00:00.000Z"


days = []
day = date(2017, 1, 2)
while len(days) < DAYS:
    if day.weekday() < 5:
        days.append(day)
    day += timedelta(days=1)

start, end = close_of(days[0]), close_of(days[-1])
for name in INSTRUMENTS:
    publish("instrument.defined.v1", name, start, {
        "instrumentId": name, "name": f"Instrument {name}", "assetClass": "equity", "currency": "USD", "sector": "Industrials",
    })
publish("portfolio.defined.v1", PORTFOLIO, start, {"portfolioId": PORTFOLIO, "name": "From outside", "baseCurrency": "USD"})

chance = random.Random(20180102)
prices = dict(INSTRUMENTS)
bars = []
for day in days:
    for name in prices:
        prices[name] = round(prices[name] * (1 + chance.gauss(0.0003, 0.012)), 2)
        bars.append({"instrumentId": name, "time": close_of(day), "close": f"{prices[name]:.2f}"})
for first in range(0, len(bars), 400):
    part = bars[first:first + 400]
    publish("bars.published.v1", "outside", part[-1]["time"], {"feed": "outside", "interval": "P1D", "bars": part})

publish("positions.stated.v1", PORTFOLIO, end, {
    "portfolioId": PORTFOLIO,
    "asOf": end,
    "sequence": 1,
    "positions": [{"instrumentId": n, "strategy": "core", "quantity": str(q)} for n, q in QUANTITIES.items()],
    "cash": [{"currency": "USD", "amount": f"{CASH:.2f}"}],
})


def advance(to):
    """Moves the clock and waits until every service has answered that it is there."""
    number = sequences.get((channel_of("clock.advanced.v1"), "clock"), 0) + 1
    publish("clock.advanced.v1", "clock", to, {"time": to, "sequence": number})
    waiting = {"allocation", "attribution", "forecasting", "limits", "stress", "utilization"}
    while waiting:
        event = json.loads(reached.read_next(timeout_millis=60_000).data())
        validators[event["type"]].validate(event)
        seen[event["type"]] = seen.get(event["type"], 0) + 1
        if event["data"]["clockSequence"] >= number:
            waiting.discard(event["data"]["service"])


seen = {}
snapshot = None
reached = client.create_reader(channel_of("platform.clock-reached.v1"), pulsar.MessageId.earliest)
# Topics have no order among each other: models are due when the clock moves on after everything else has arrived.
for later in range(4):
    advance(close_of(days[-1] + timedelta(days=later)))
    time.sleep(1)
reader = client.create_reader(channel_of("utilization.snapshot-taken.v1"), pulsar.MessageId.earliest)
deadline = datetime.now() + timedelta(seconds=90)
while snapshot is None and datetime.now() < deadline:
    try:
        message = reader.read_next(timeout_millis=2000)
    except pulsar.Timeout:
        continue
    event = json.loads(message.data())
    validators[event["type"]].validate(event)
    seen[event["type"]] = seen.get(event["type"], 0) + 1
    if message.partition_key() != event["subject"]:
        raise SystemExit(f"the key {message.partition_key()} is not the subject {event['subject']}")
    if event["data"]["portfolioId"] == PORTFOLIO and event["data"]["lineage"]["positionSequence"] == 1:
        snapshot = event["data"]

status = client.create_reader(channel_of("platform.service-status.v1"), pulsar.MessageId.earliest)
services = set()
while status.has_message_available():
    event = json.loads(status.read_next(timeout_millis=5000).data())
    validators[event["type"]].validate(event)
    seen[event["type"]] = seen.get(event["type"], 0) + 1
    services.add(event["source"])

client.close()
print(json.dumps({
    "published": sum(sequences.values()),
    "seen": seen,
    "services": sorted(services),
    "expectedNav": sum(q * prices[n] for n, q in QUANTITIES.items()) + CASH,
    "nav": None if snapshot is None else snapshot["nav"],
    "volatilityAnnual": None if snapshot is None else snapshot["metrics"]["volatilityAnnual"],
}))
