"""Each sink hands over what it was given, whole and in order, or says that it did not."""

import asyncio
import os
import re
import resource
import shutil
import signal
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from audit.sinks.http import Http
from audit.sinks.json_lines import JsonLines
from audit.sinks.sink import Message, Undelivered
from audit.sinks.syslog import Syslog
from tests.unit.audit.receivers import HttpReceiver, SyslogListener, frames

RFC_5424 = re.compile(
    r"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z) ([!-~]{1,255}) (okno) (-) ([!-~]{1,32}) "
    r'(\[okno@\d+ number="\d+"\]) (.*)',
    re.DOTALL,
)


def message(number: int, **more: object) -> Message:
    content = orjson.dumps({"number": number, "text": 'Łódź 窓 ]"\\ \n', **more})
    return Message(number, "2026-03-01T10:00:00.000001Z", "account.unlocked", "success", content)


def messages(first: int, last: int) -> list[Message]:
    return [message(number) for number in range(first, last + 1)]


@pytest.fixture
def certificate(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A certificate of its own for this machine, and its key."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("no openssl program to make a certificate with")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )  # fmt: skip
    yield cert, key


async def test_a_file_gets_a_line_for_each_record(tmp_path: Path) -> None:
    sink = JsonLines(tmp_path / "deep" / "trail.jsonl")
    await sink.deliver(messages(0, 2))
    await sink.deliver(messages(3, 3))
    lines = (tmp_path / "deep" / "trail.jsonl").read_bytes().splitlines()
    assert lines == [each.content for each in messages(0, 3)]


@pytest.mark.parametrize("how", ["moved", "removed"])
async def test_a_file_that_was_taken_away_is_begun_anew(tmp_path: Path, how: str) -> None:
    file = tmp_path / "trail.jsonl"
    sink = JsonLines(file)
    await sink.deliver(messages(0, 1))
    file.rename(tmp_path / "old.jsonl") if how == "moved" else file.unlink()
    await sink.deliver(messages(2, 3))
    assert file.read_bytes().splitlines() == [each.content for each in messages(2, 3)]


async def test_a_line_that_a_killed_process_left_half_is_ended_before_others_follow(tmp_path: Path) -> None:
    file = tmp_path / "trail.jsonl"
    file.write_bytes(message(0).content + b"\n" + message(1).content[:10])
    await JsonLines(file).deliver(messages(1, 1))
    assert (
        file.read_bytes() == message(0).content + b"\n" + message(1).content[:10] + b"\n" + message(1).content + b"\n"
    )


async def test_no_half_line_stays_where_the_disk_is_full(tmp_path: Path) -> None:
    file = tmp_path / "trail.jsonl"
    sink = JsonLines(file)
    await sink.deliver(messages(0, 1))
    before = file.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    kept = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, hard))
    try:
        with pytest.raises(Undelivered, match="EFBIG"):
            await sink.deliver(messages(2, 5))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, kept)
    assert file.read_bytes() == before
    await sink.deliver(messages(2, 5))
    assert file.read_bytes().splitlines() == [each.content for each in messages(0, 5)]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
async def test_a_full_device_is_told() -> None:
    with pytest.raises(Undelivered, match="ENOSPC"):
        await JsonLines(Path("/dev/full")).deliver(messages(0, 1))


async def test_a_disk_that_hangs_holds_up_nobody_else(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    sink = JsonLines(pipe)
    held = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # a reader that never reads: the pipe fills, and the write hangs
    try:
        large = [message(number, more="x" * 60_000) for number in range(4)]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await sink.deliver(large)
        with pytest.raises(Undelivered, match="not ended"):
            await sink.deliver(messages(4, 4))
        await JsonLines(tmp_path / "other.jsonl").deliver(messages(0, 0))
        assert await asyncio.to_thread(lambda: 7) == 7
    finally:
        os.close(held)
    assert (tmp_path / "other.jsonl").read_bytes() == message(0).content + b"\n"


async def test_syslog_messages_are_framed_and_formed_as_the_standards_say() -> None:
    listener = SyslogListener()
    await listener.start()
    odd = Message(7, "2026-03-01T10:00:00.000002Z", "detection.raised", "success", b"{}")
    refused = Message(8, "2026-03-01T10:00:00.000003Z", "operation.denied", "denied", b"{}")
    await Syslog("127.0.0.1", listener.port, host_name="höst name").deliver([message(0), odd, refused])
    await listener.stop()
    parts = [RFC_5424.fullmatch(each.decode()) for each in listener.frames]
    assert all(parts)
    assert [each[1] for each in parts if each] == ["110", "105", "109"]
    assert parts[0] is not None
    assert parts[0].groups()[1:7] == (
        "2026-03-01T10:00:00.000001Z", "h_st_name", "okno", "-", "account.unlocked", '[okno@32473 number="0"]',
    )  # fmt: skip
    assert orjson.loads(parts[0][8]) == orjson.loads(message(0).content)


async def test_a_receiver_that_resets_in_the_middle_has_not_been_told() -> None:
    listener = SyslogListener(abrupt=100)
    await listener.start()
    with pytest.raises(Undelivered):
        await Syslog("127.0.0.1", listener.port).deliver(messages(0, 2000))
    await listener.stop()
    with pytest.raises(Undelivered, match="refused"):
        await Syslog("127.0.0.1", listener.port).deliver(messages(0, 1))


async def test_a_receiver_that_takes_a_connection_and_never_reads_is_given_up() -> None:
    listener = SyslogListener(deaf=True)
    await listener.start()
    with pytest.raises(Undelivered):
        await Syslog("127.0.0.1", listener.port, patience=0.2).deliver(messages(0, 1))
    await listener.stop()
    assert listener.frames == []


async def test_syslog_goes_over_tls_to_a_receiver_that_is_known(certificate: tuple[Path, Path]) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*certificate)
    listener = SyslogListener()
    await listener.start(server)
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    await Syslog("127.0.0.1", listener.port, tls=trusting, patience=3).deliver(messages(0, 500))
    assert listener.numbers() == list(range(501))
    with pytest.raises(Undelivered):
        await Syslog("127.0.0.1", listener.port, tls=ssl.create_default_context(), patience=3).deliver(messages(0, 1))
    assert listener.numbers() == list(range(501))
    await listener.stop()


async def test_a_receiver_that_resets_over_tls_has_not_been_told(certificate: tuple[Path, Path]) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*certificate)
    listener = SyslogListener(abrupt=100)
    await listener.start(server)
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    with pytest.raises(Undelivered):
        await Syslog("127.0.0.1", listener.port, tls=trusting, patience=3).deliver(messages(0, 5000))
    await listener.stop()


async def test_posts_are_arrays_or_lines_and_say_their_numbers_and_the_secret() -> None:
    receiver = HttpReceiver()
    await receiver.start()
    await Http(receiver.url, {"authorization": "Bearer s"}).deliver(messages(3, 5))
    await Http(receiver.url, batch="lines").deliver(messages(6, 7))
    await receiver.stop()
    (first, array), (second, lines) = receiver.posts
    assert orjson.loads(array) == [orjson.loads(each.content) for each in messages(3, 5)]
    assert lines == b"".join(each.content + b"\n" for each in messages(6, 7))
    assert [first[each] for each in ("content-type", "authorization", "okno-first", "okno-last")] == [
        "application/json", "Bearer s", "3", "5",
    ]  # fmt: skip
    assert (second["content-type"], "authorization" in second) == ("application/x-ndjson", False)


@pytest.mark.parametrize("status", [302, 400, 401, 500, 503])
async def test_any_answer_but_2xx_means_that_it_was_not_taken(status: int) -> None:
    async def refuse(_receiver: HttpReceiver, _numbers: list[int]) -> int:
        return status

    receiver = HttpReceiver(answer=refuse)
    await receiver.start()
    with pytest.raises(Undelivered, match=f"{status} to records 3 to 5"):
        await Http(receiver.url).deliver(messages(3, 5))
    await receiver.stop()
    with pytest.raises(Undelivered, match="reached"):
        await Http(receiver.url).deliver(messages(3, 5))
    assert receiver.kept == []


async def test_a_post_that_is_too_large_is_sent_in_halves_and_in_order() -> None:
    async def at_most_three(_receiver: HttpReceiver, numbers: list[int]) -> int:
        return 204 if len(numbers) <= 3 else 413

    receiver = HttpReceiver(answer=at_most_three)
    await receiver.start()
    await Http(receiver.url).deliver(messages(0, 9))
    await receiver.stop()
    assert receiver.kept == list(range(10))


def test_a_stream_is_cut_by_its_lengths() -> None:
    assert frames(b"3 a b2 cd") == [b"a b", b"cd"]
