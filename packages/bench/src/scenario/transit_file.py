"""One side of magic-wormhole's Transit, without its mailbox server: `transit_file.py receive OUT` prints
`host:port`, `transit_file.py send FILE host:port` sends. SHA-256 on both sides, as `wormhole send` has it."""

import hashlib
import json
import os
import sys
import time

from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.protocols import basic
from wormhole.transit import TransitReceiver, TransitSender

KEY = b"\x07" * 32


@inlineCallbacks
def receive(path):
    transit = TransitReceiver("")
    transit.set_transit_key(KEY)
    hints = yield transit.get_connection_hints()
    print(json.dumps(hints), flush=True)
    transit.add_connection_hints([])
    pipe = yield transit.connect()
    size = json.loads((yield pipe.receive_record()).decode())["size"]
    hasher = hashlib.sha256()
    with open(path, "wb") as out:
        yield pipe.writeToFile(out, size, hasher=hasher.update)
    pipe.send_record(json.dumps({"ack": "ok", "sha256": hasher.hexdigest()}).encode())
    yield Deferred()  # until killed: stopping now would lose the answer


@inlineCallbacks
def send(path, hints):
    transit = TransitSender("", no_listen=True)
    transit.set_transit_key(KEY)
    yield transit.get_connection_hints()
    transit.add_connection_hints(json.loads(hints))
    started = time.monotonic()
    pipe = yield transit.connect()
    size = os.path.getsize(path)
    pipe.send_record(json.dumps({"size": size}).encode())
    hasher = hashlib.sha256()

    def hashing(data):
        hasher.update(data)
        return data

    with open(path, "rb") as source:
        yield basic.FileSender().beginFileTransfer(source, pipe, transform=hashing)
    answer = json.loads((yield pipe.receive_record()).decode())
    seconds = time.monotonic() - started
    if answer["sha256"] != hasher.hexdigest():
        raise SystemExit("the receiver has something else")
    print(json.dumps({"seconds": seconds}), flush=True)
    yield pipe.close()


def main():
    run = receive(sys.argv[2]) if sys.argv[1] == "receive" else send(sys.argv[2], sys.argv[3])
    failures = []
    run.addErrback(failures.append)
    run.addBoth(lambda _: reactor.stop())
    reactor.run()
    for failure in failures:
        failure.printTraceback()
        sys.exit(1)


main()
