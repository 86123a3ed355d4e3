"""Replays the history of Holdfast as an auditor would: every event in order, by its exact bytes, without gap or repeat.

Knows nothing of Holdfast but proto/. Run it with --help.
"""

import argparse
import hashlib
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "generated"))

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from holdfast.auditor.v1 import auditor_pb2 as pb
from holdfast.auditor.v1 import auditor_pb2_grpc as rpc


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default=os.environ.get("HOLDFAST_SERVER", "127.0.0.1:4653"))
    parser.add_argument("--subject", default="", help="an id, `last`, run-…, knob:l2; everything by default")
    parser.add_argument("--type", action="append", default=[], help="only events of this type; may be repeated")
    parser.add_argument("--actor", help="only what this actor did: an id or its beginning, or a person's whole name")
    parser.add_argument("--after", type=int, default=-1, help="go on after this index")
    parser.add_argument("--from", dest="since", help="only what was recorded then or later: 2026-01-31T09:30:00Z")
    parser.add_argument("--as-of", help="only what was known then: an index, or a time such as 2026-01-31T09:30:00Z")
    parser.add_argument("--compare", nargs=2, type=int, metavar=("BEFORE", "AFTER"), help="the state at two indexes instead")
    return parser.parse_args()


def history(stub, given, longest_pauses=5):
    """Every event, also when the connection is lost: reading goes on after the last index that was seen."""
    last, losses = given.after, 0
    while True:
        request = pb.ReadHistoryRequest(subject=given.subject, types=given.type)
        if last >= 0:
            request.after_index = last
        if given.actor:
            request.actor = given.actor
        if given.since:
            request.recorded_from.CopyFrom(time(given.since))
        if given.as_of:
            if given.as_of.isdigit():
                request.as_of_index = int(given.as_of)
            else:
                request.as_of_time.CopyFrom(time(given.as_of))
        try:
            for answer in stub.ReadHistory(request):
                if not answer.HasField("event"):
                    continue  # Nothing was there yet: the last answer says only which index the moment came to.
                event = answer.event
                if event.index <= last:
                    raise AssertionError(f"index {event.index} came after {last}")
                last, losses = event.index, 0
                yield event
            return
        except grpc.RpcError as error:
            losses += 1
            if error.code() != grpc.StatusCode.UNAVAILABLE or losses > longest_pauses:
                raise


def time(text):
    moment = Timestamp()
    moment.FromJsonString(text)
    return moment


def replay(stub, given):
    """Counts what happened, and hashes what was read: two readers of the same history come to the same digest."""
    digest, counts = hashlib.sha256(), {}
    for event in history(stub, given):
        envelope = json.loads(event.envelope)
        assert set(envelope) == {"data", "metadata"}, "an envelope is {data, metadata}"
        digest.update(hashlib.sha256(event.envelope).digest())
        counts[event.type] = counts.get(event.type, 0) + 1
        reason = f"  “{event.reason}”" if event.reason else ""
        print(f"{event.index:>8}  {event.recorded_at.ToJsonString()}  {event.type:<22} {event.stream}{reason}")
    print(f"{sum(counts.values())} events, sha256 of their digests {digest.hexdigest()}")
    for name in sorted(counts):
        print(f"  {counts[name]:>6}  {name}")


def compare(stub, given):
    """What a subject's events had added up to at two moments."""
    before, after = given.compare
    answer = stub.CompareMoments(
        pb.CompareMomentsRequest(
            subject=given.subject, before=pb.Moment(index=before), after=pb.Moment(index=after)
        )
    )
    for stream in answer.streams:
        print(stream.stream)
        for difference in stream.differences:
            absent = "nothing"
            a = difference.before if difference.HasField("before") else absent
            b = difference.after if difference.HasField("after") else absent
            print(f"  {difference.path or '(all of it)'}: {a} → {b}")


def main():
    given = arguments()
    with grpc.insecure_channel(given.server) as channel:
        stub = rpc.AuditorStub(channel)
        try:
            (compare if given.compare else replay)(stub, given)
        except grpc.RpcError as error:
            sys.exit(f"{error.code().name}: {error.details()}")


if __name__ == "__main__":
    main()
