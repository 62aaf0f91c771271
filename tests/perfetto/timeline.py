# SPDX-License-Identifier: GPL-2.0
"""What a timeline of --format=perfetto shows, as an independent reader has it.

timeline.py FILE         check it, and print what it shows, a line for each of:

    slice TRACK FROM TO DEPTH SELF NAME [ARGUMENT=VALUE ...]
    counter TRACK TIME VALUE
    self TRACK NAME CYCLES          the sums of SELF, of all slices of a name

protoc decodes it, by timeline.proto.  What is checked: no field but those; time never
goes back in a sequence of its own, slices are nested there, and apart elsewhere; all tracks are described, and all
numbers of names told before they are used; each sequence says at its beginning that
nothing of before holds.
"""
import os
import subprocess
import sys
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
SEQUENCE_CLOCK = 64


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """(field, bytes) of a message that has bytes only"""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        assert key & 7 == 2, f"wire type {key & 7}"
        size, at = varint(data, at)
        assert at + size <= len(data), "cut"
        yield key >> 3, data[at:at + size]
        at += size


def unpacked(data):
    """The same trace with packets that are not compressed"""
    for field, packet in fields(data):
        assert field == 1
        [(inner, packed)] = fields(packet)
        assert inner == 50, "a packet that is not compressed"
        yield zlib.decompress(packed)


def decode(data):
    return subprocess.run(
        ["protoc", "--decode=Trace", f"--proto_path={HERE}", "timeline.proto"],
        input=data, stdout=subprocess.PIPE, check=True).stdout.decode()


def value_of(text):
    if text.startswith('"'):
        # protoc's escapes are those of C, of bytes.
        return text[1:-1].encode().decode("unicode_escape").encode("latin-1").decode()
    return int(text) if text.lstrip("-").isdigit() else text


def messages(text):
    """What protoc prints -> packets: dicts of lists"""
    stack = [{}]
    for line in text.splitlines():
        line = line.strip()
        if line.endswith("{"):
            message = {}
            stack[-1].setdefault(line[:-2], []).append(message)
            stack.append(message)
        elif line == "}":
            stack.pop()
            if len(stack) == 1:
                yield from stack[0].pop("packet")
        else:
            name, value = line.split(": ", 1)
            assert not name.isdigit(), f"unknown field {name}"
            stack[-1].setdefault(name, []).append(value_of(value))
    assert len(stack) == 1


def one(message, name, default=None):
    values = message.get(name, [default])
    assert len(values) == 1, f"{name} {len(values)} times"
    return values[0]


class Sequence:
    def __init__(self, packet):
        assert one(packet, "flags") == 1, "a sequence begins without a clear state"
        defaults = one(packet, "defaults")
        assert one(defaults, "clock") == SEQUENCE_CLOCK
        self.track = one(one(defaults, "event"), "track")
        clocks = {one(c, "id"): c for c in one(packet, "snapshot")["clock"]}
        assert sorted(clocks) == [6, 9, SEQUENCE_CLOCK]
        assert len({one(c, "timestamp") for c in clocks.values()}) == 1
        assert one(clocks[SEQUENCE_CLOCK], "incremental") == "true"
        self.now = one(clocks[SEQUENCE_CLOCK], "timestamp")
        self.names = {}
        self.annotations = {}

    def learn(self, interned):
        for known, told in ((self.names, "event_name"),
                            (self.annotations, "annotation_name")):
            for name in interned.get(told, []):
                assert one(name, "iid") not in known, "a name is told twice"
                known[one(name, "iid")] = one(name, "name")


class Timeline:
    def __init__(self, path):
        self.tracks = {}
        self.parents = {}
        self.sequences = {}
        self.open = {}
        self.ended = {}
        self.spans = {}
        self.slices = []
        self.counts = []
        with open(path, "rb") as file:
            for block in unpacked(file.read()):
                for packet in messages(decode(block)):
                    self.take(packet)
        for uuid, stack in self.open.items():
            assert not stack, f"slices stay open: {self.tracks[uuid]}"
        for spans in self.spans.values():
            ordered = sorted(spans)
            for (_, end), (begin, _) in zip(ordered, ordered[1:]):
                assert end <= begin, "two slices of a track at the same time"

    def take(self, packet):
        number = one(packet, "sequence")
        assert number, "no sequence"
        if "track" in packet:
            track = one(packet, "track")
            uuid = one(track, "uuid")
            name = one(track, "name")
            assert self.tracks.setdefault(uuid, name) == name, "described otherwise"
            if "parent" in track:
                assert one(track, "parent") in self.tracks, "its parent comes later"
                self.parents[uuid] = one(track, "parent")
        elif "snapshot" in packet:
            assert number not in self.sequences
            self.sequences[number] = Sequence(packet)
            self.sequences[number].learn(one(packet, "interned"))
        else:
            self.event(packet, self.sequences.get(number))

    def event(self, packet, sequence):
        event = one(packet, "event")
        ts = one(packet, "timestamp")
        if sequence:
            assert "flags" not in packet
            sequence.now += ts
            ts = sequence.now
            sequence.learn(one(packet, "interned", {}))
            assert "track" not in event
        uuid = sequence.track if sequence else one(event, "track")
        assert uuid in self.tracks, "a track that is not described"
        kind = one(event, "type")
        if kind == "COUNTER":
            self.counts.append((uuid, ts, one(event, "count")))
        elif kind == "BEGIN":
            self.begin(uuid, ts, event, sequence)
        else:
            assert kind == "END"
            self.end(uuid, ts)
            if not sequence:
                _, begin, end, *_ = self.slices[-1]
                self.spans.setdefault(uuid, []).append((begin, end))

    def begin(self, uuid, ts, event, sequence):
        name = one(event, "name")
        if name is None:
            name = sequence.names[one(event, "name_iid")]
        args = []
        for arg in event.get("annotation", []):
            [value] = [arg[kind][0] for kind in ("uint", "string", "pointer")
                       if kind in arg]
            args.append((sequence.annotations[one(arg, "name_iid")], value))
        stack = self.open.setdefault(uuid, [])
        if sequence:
            assert ts >= self.ended.get(uuid, 0), "it begins before the one before ended"
        else:
            assert not stack, "a slice within one of the shared sequence"
        stack.append([ts, name, args, 0])

    def end(self, uuid, ts):
        stack = self.open[uuid]
        begin, name, args, inside = stack.pop()
        assert ts >= begin
        self.ended[uuid] = ts
        if stack:
            stack[-1][3] += ts - begin
        self.slices.append((uuid, begin, ts, len(stack),
                            ts - begin - inside, name, args))

    def name(self, uuid):
        """With that of what it is below, where two are called the same"""
        name = self.tracks[uuid]
        if list(self.tracks.values()).count(name) == 1:
            return name
        return f"{name} of {self.tracks[self.parents[uuid]]}"

    def sums(self):
        sums = {}
        for track, _, _, _, own, name, _ in self.slices:
            sums[track, name] = sums.get((track, name), 0) + own
        return sums


def main():
    timeline = Timeline(sys.argv[1])
    names = {uuid: timeline.name(uuid) for uuid in timeline.tracks}
    for track, begin, end, depth, own, name, args in timeline.slices:
        print("slice", names[track], begin, end, depth, own, name,
              *(f"{key}={value}" for key, value in args), sep="\t")
    for track, ts, value in timeline.counts:
        print("counter", names[track], ts, value, sep="\t")
    for (track, name), own in sorted(timeline.sums().items()):
        print("self", names[track], name, own, sep="\t")


if __name__ == "__main__":
    main()
