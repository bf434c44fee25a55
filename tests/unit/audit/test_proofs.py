"""Short proofs that need no copy of the trail, keys that follow one another, notes that others can read."""

import base64

import pytest

from audit.checkpoint import Head
from audit.keys import Announced, KeyRing, NoKey, trusted
from audit.note import NotSigned, PublicKey, opened
from audit.proofs import NoProof, check_consistency, check_inclusion, consistency_proof, inclusion_proof
from audit.verify import kinds, verify
from tests.unit.audit.conftest import Book, event


async def test_one_record_is_proven_in_no_more_than_a_kilobyte(book: Book) -> None:
    await book.fill(300)
    keys = trusted((), [book.keys.announced()[0].key]).keys
    hashes = dict(await book.rows("select seq, hash from audit_record"))
    for seq in (1, 137, 300):
        proof = await inclusion_proof(book.store.engine, book.trail.writer, seq)
        assert len(proof.encode()) <= 1024
        proven = check_inclusion(proof, str(hashes[seq]), keys)
        assert (proven.place, proven.head.size >= seq) == (seq - 1, True)
        with pytest.raises(NoProof):
            check_inclusion(proof, str(hashes[seq % 300 + 1]), keys)
        with pytest.raises(NoProof):
            check_inclusion(proof.replace(f"index {seq - 1}", f"index {seq}"), str(hashes[seq]), keys)
        with pytest.raises(NoProof):
            check_inclusion(proof, str(hashes[seq]), {})


async def test_a_later_checkpoint_is_shown_to_go_on_from_an_earlier_one(book: Book) -> None:
    await book.fill(110)
    keys = trusted((), [book.keys.announced()[0].key]).keys
    for old in (25, 100, 110):
        proof = await consistency_proof(book.store.engine, old)
        assert check_consistency(proof, keys).head.size == 110
        broken = proof.split("\n")
        broken.insert(1, base64.b64encode(bytes(32)).decode())
        with pytest.raises(NoProof):
            check_consistency("\n".join(broken), keys)
    assert check_consistency(await consistency_proof(book.store.engine, 25, 75), keys).head.size == 75


async def test_what_cannot_be_proven_is_said(book: Book) -> None:
    await book.fill(3)
    with pytest.raises(NoProof, match="no such record"):
        await inclusion_proof(book.store.engine, "nobody", 1)
    await book.new_chain()
    await book.trail.append(event(1))
    with pytest.raises(NoProof, match="no place"):
        await inclusion_proof(book.store.engine, book.trail.writer, 1)
    with pytest.raises(NoProof, match="no checkpoint"):
        await consistency_proof(book.store.engine, 2)


async def test_checkpoints_of_old_keys_still_verify_by_the_first_key_alone(book: Book) -> None:
    await book.fill(10)
    first = book.keys.announced()[0].key
    await book.sequencer.rotate()
    await book.fill(10, start=10)
    await book.sequencer.rotate()
    await book.fill(10, start=20)
    verdict = verify(await book.copy(), book.anchored(), [first])
    assert (verdict.findings, verdict.covered, verdict.pinned) == ([], 30, True)
    assert len(list(book.keys.folder.glob("*.key"))) == 1


async def test_a_key_that_was_retired_signs_nothing_later(book: Book) -> None:
    await book.fill(10)
    retired = book.keys.signer()
    await book.sequencer.rotate()
    await book.fill(10, start=10)
    ((note,),) = await book.rows("select note from audit_checkpoint where size = 20")
    text = str(note).split("\n\n")[0] + "\n"
    await book.tamper("update audit_checkpoint set note = :n where size = 20", n=retired.sign(text))
    verdict = verify(await book.copy())
    assert "CHECKPOINT" in kinds(verdict)
    assert verdict.covered == 10


def test_a_key_that_nobody_named_is_not_believed(tmp_path) -> None:
    ours, theirs = KeyRing(tmp_path / "ours"), KeyRing(tmp_path / "theirs")
    ours.create()
    theirs.create()
    theirs.rotate(5)
    stranger = theirs.announced()[1]
    assert stranger.key.id not in trusted([*ours.announced(), stranger]).keys
    forged = Announced(stranger.key, 5, theirs.signer().sign("okno audit key\n" + stranger.key.text + "\n5\n"))
    assert forged.key.id not in trusted([*ours.announced(), forged]).keys


def test_keys_are_kept_to_their_owner_and_never_made_over(tmp_path) -> None:
    ring = KeyRing(tmp_path / "keys")
    with pytest.raises(NoKey):
        ring.signer()
    ring.create()
    (file,) = (tmp_path / "keys").glob("*.key")
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(NoKey):
        ring.create()
    file.write_text("00" * 32)
    with pytest.raises(NoKey, match="not the key"):
        ring.signer()


def test_a_note_of_another_implementation_is_read() -> None:
    """The example of the public Go checksum database, whose key and form are the standard's."""
    key = PublicKey.read("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    text, by = opened(note, {key.id: key})
    assert by == key
    assert text.startswith("If you think")
    with pytest.raises(NotSigned, match="not what"):
        opened(note.replace("cryptography", "cryptology"), {key.id: key})
    with pytest.raises(NotSigned, match="no known key"):
        opened(note, {})


@pytest.mark.parametrize(
    "text", ["", "o\n1\n", "o\n01\n" + "A" * 43 + "=\n", "o\n-1\n" + "A" * 43 + "=\n", "o\n1\nAAAA\n"]
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a checkpoint"):
        Head.read(text)


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    head = Head("okno.audit/1", 7, bytes(range(32)))
    assert Head.read(head.text) == head
