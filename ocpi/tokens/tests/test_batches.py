"""Bulk changes: a file is read, checked and written; a list is blocked; whatever dies in between is taken up again."""

from datetime import timedelta
from typing import Any

import pytest

from ocpi.core import clock
from ocpi.core.sheets import SheetError
from ocpi.tokens import batch_files, batches, pushes
from ocpi.tokens.models import Token, TokenBatch, TokenBatchRow, TokenPush
from tests import factories
from tests.callers import Caller
from tests.workbooks import xlsx

HEAD = "Card UID;Contract ID;Status;Visual number\n"


def received(text: str | bytes, name: str = "cards.csv") -> TokenBatch:
    return batches.receive(name=name, content=text.encode() if isinstance(text, str) else text, by=None)


def checked(text: str | bytes) -> TokenBatch:
    batch = received(text)
    assert batches.check_later(batch, batches.layout_of(batch))
    return worked(batch)


def worked(batch: TokenBatch) -> TokenBatch:
    while batches.work(batch.pk):
        pass
    batch.refresh_from_db()
    return batch


def written(text: str | bytes) -> TokenBatch:
    batch = checked(text)
    assert batches.confirm(batch)
    return worked(batch)


def results(batch: TokenBatch) -> list[tuple[int, str, str]]:
    return [(row.number, row.result, row.note) for row in batch.rows.order_by("number")]


# --- reading ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("uid,type,contract_id,visual_number,issuer,group_id,status,whitelist,language,default_profile_type",
         list(batch_files.FIELDS)),
        ("Kartennummer;Vertragsnummer;Sprache;Gültig", ["uid", "contract_id", "language", "status"]),
        ("RFID\tEMAID\tValid\tLang", ["uid", "contract_id", "status", "language"]),
        ("Token UID|Contract ID|Parent ID|Printed number", ["uid", "contract_id", "group_id", "visual_number"]),
        ("something;else", []),
    ],
)  # fmt: skip
def test_columns_are_guessed_from_their_headers(head: str, names: list[str]) -> None:
    layout = batch_files.guess(f"{head}\n".encode())
    assert sorted(layout.columns) == sorted(names)
    assert len(set(layout.columns.values())) == len(names)


@pytest.mark.requirement("TOK-26", "FLD-25")
@pytest.mark.parametrize(
    ("line", "values", "problem"),
    [
        ("04:a2-3b 44;C1;active;7",
         {"uid": "04A23B44", "contract_id": "C1", "status": "ACTIVE", "visual_number": "7"}, ""),
        ("04A23B44;C1;no;", {"uid": "04A23B44", "contract_id": "C1", "status": "BLOCKED"}, ""),
        ("04A23B44;;no credit;", {"uid": "04A23B44", "status": "NO_CREDIT"}, ""),
        (";C1;active;", {"contract_id": "C1", "status": "ACTIVE"}, "UID: is missing"),
        ("04A23B44;C1;perhaps;", {"uid": "04A23B44", "contract_id": "C1"},
         "status: 'perhaps' is none of ACTIVE, BLOCKED, EXPIRED, NO_CREDIT, NOT_ALLOWED"),
        ("04A23B44", {"uid": "04A23B44"}, ""),
    ],
)  # fmt: skip
def test_a_line_is_read_as_people_write_it(line: str, values: dict[str, str], problem: str) -> None:
    content = f"{HEAD}{line}\n".encode()
    [found] = batch_files.lines(content, batch_files.guess(content))
    assert (found.number, found.values, found.problem) == (2, {"type": "RFID", **values}, problem)


def test_a_sheet_is_read_with_numbers_as_they_were_typed() -> None:
    content = xlsx(["UID", "Contract", "Active"], [4123456789, "C1", True], [None, None], [4.0, "C2", False])
    found = list(batch_files.lines(content, batch_files.guess(content)))
    assert [(line.number, line.values["uid"], line.values["status"]) for line in found] == [
        (2, "4123456789", "ACTIVE"), (4, "4", "BLOCKED"),
    ]  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"\n", b"PK\x03\x04 no zip", b"\x00\x01\x02;;"])
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(SheetError):
        batch_files.guess(content)


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"uid\nA\nB\nC\n"
    monkeypatch.setattr(batch_files, "MOST_LINES", 2)
    with pytest.raises(SheetError, match="more than 2 lines"):
        list(batch_files.lines(content, batch_files.guess(content)))
    monkeypatch.setattr(batch_files, "MOST_BYTES", 3)
    with pytest.raises(SheetError, match="MB"):
        batch_files.guess(content)


# --- checking ---------------------------------------------------------------------------------------------------------
def test_every_line_is_judged_and_nothing_is_written(cpo: Caller) -> None:
    factories.token(uid="04AA0001", contract_id="C1")
    factories.token(uid="04AA0002", contract_id="C2")
    batch = checked(
        f"{HEAD}04AA0001;C1;active;\n04AA0002;C9;active;\n04AA0003;C3;blocked;0003\n;C4;;\n04aa0003;C5;;\n"
        f"04AA0004;;;\n04AA0005;€;;\n{'0' * 37};C7;;\n"
    )
    assert batch.state == "CHECKED"
    assert batch.counts == {"UNCHANGED": 1, "CHANGED": 1, "NEW": 1, "BAD": 5}
    found = results(batch)
    assert [(number, result) for number, result, _ in found[:3]] == [(2, "UNCHANGED"), (3, "CHANGED"), (4, "NEW")]
    notes = [note for _, _, note in found[3:]]
    assert notes[:2] == ["UID: is missing", "the same token is on line 4"]
    assert [note.split(":")[0] for note in notes[2:]] == ["contract_id", "contract_id", "uid"]
    assert batch.rows.get(number=3).changes == {"contract_id": ["C2", "C9"]}
    assert Token.objects.count() == 2
    assert TokenPush.objects.filter(token__uid="04AA0003").count() == 0


def test_a_token_that_chargers_may_not_read_is_remarked(db: None) -> None:
    batch = checked("uid;contract\n4123456789;C1\n")
    assert results(batch) == [
        (2, "NEW", "uid looks like a decimal number; chargers read cards as hexadecimal digits (FLD-25)")
    ]


def test_other_columns_may_be_chosen_until_it_is_confirmed(db: None) -> None:
    batch = received("foo;bar\n04AA0001;C1\n")
    with pytest.raises(SheetError, match="UID"):
        batches.check_later(batch, batches.layout_of(batch))
    layout = batch_files.Layout("utf-8-sig", ";", {"uid": 1, "contract_id": 0})
    assert batches.check_later(batch, layout)
    worked(batch)
    layout = batch_files.Layout("utf-8-sig", ";", {"uid": 0, "contract_id": 1})
    assert batches.check_later(batch, layout)
    assert [row.uid for row in worked(batch).rows.all()] == ["04AA0001"]
    assert batches.confirm(batch)
    assert not batches.check_later(batch, layout)
    assert not batches.confirm(batch)


def test_a_file_that_breaks_midway_is_told_and_keeps_no_lines(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_CHUNK", 1)
    monkeypatch.setattr(batch_files, "MOST_LINES", 2)
    batch = checked("uid;contract\nA;C\nB;C\nC;C\n")
    assert (batch.state, batch.error, batch.rows.count()) == ("FAILED", "the file has more than 2 lines", 0)


# --- writing ----------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("TOK-19", "TOK-29", "TOK-33")
def test_new_and_changed_tokens_are_written_and_pushed_and_others_are_not(cpo: Caller) -> None:
    for n in (1, 2):
        factories.token(uid=f"04AA000{n}", contract_id=f"C{n}", visual_number="keep")
    TokenPush.objects.update(state="DONE")
    batch = written(f"{HEAD}04AA0001;C1;;\n04AA0002;C2;blocked;\n04AA0003;C3;;0003\n")
    assert (batch.state, batch.written, bytes(batch.content), batch.rows.count()) == ("DONE", 2, b"", 0)
    changed, new = Token.objects.get(uid="04AA0002"), Token.objects.get(uid="04AA0003")
    assert (changed.status, changed.visual_number, changed.payload["valid"]) == ("BLOCKED", "keep", False)
    assert new.payload == {
        "country_code": "NL", "party_id": "EMS", "uid": "04AA0003", "type": "RFID", "contract_id": "C3",
        "visual_number": "0003", "issuer": "Open eMSP", "valid": True, "whitelist": "ALLOWED",
        "last_updated": new.payload["last_updated"],
    }  # fmt: skip
    waiting = TokenPush.objects.filter(state="PENDING").values_list("token__uid", flat=True)
    assert sorted(waiting) == ["04AA0002", "04AA0003"]
    assert TokenPush.objects.exclude(since=None).count() == 3


@pytest.mark.requirement("TOK-03", "TOK-29")
def test_app_tokens_default_to_never_and_are_withheld_where_they_should(cpo: Caller, cp2: Caller) -> None:
    cpo.partner.withholds_app_tokens = True
    cpo.partner.save()
    written("uid;type;contract\napp-1;app user;C1\n04AA0001;;C2\n")
    app = Token.objects.get(uid="APP-1")
    assert (app.type, app.whitelist, app.wire_uid) == ("APP_USER", "NEVER", "app-1")
    assert [push.partner for push in app.pushes.all()] == [cp2.partner]
    assert Token.objects.get(uid="04AA0001").pushes.count() == 2


def test_the_spelling_that_partners_know_stays(db: None) -> None:
    factories.token(uid="Abc-1", type="OTHER")
    written("uid;type;contract\nABC-1;OTHER;C9\n")
    token = Token.objects.get()
    assert (token.wire_uid, token.contract_id) == ("Abc-1", "C9")


def test_what_changed_since_the_check_is_looked_at_again(cpo: Caller) -> None:
    factories.token(uid="04AA0001", contract_id="OLD")
    batch = checked("uid;contract\n04AA0001;C1\n04AA0002;C2\n")
    factories.token(uid="04AA0001", contract_id="C1", visual_number="7")
    factories.token(uid="04AA0002", contract_id="MEANWHILE", visual_number="8")
    batches.confirm(batch)
    assert worked(batch).written == 1
    assert [(t.contract_id, t.visual_number) for t in Token.objects.order_by("uid")] == [("C1", "7"), ("C2", "8")]


def test_a_worker_that_died_is_replaced_and_nothing_is_done_twice(cpo: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_CHUNK", 2)
    batch = checked("uid;contract\n" + "".join(f"04AA000{n};C{n}\n" for n in range(5)))
    batches.confirm(batch)
    assert batches.work(batch.pk)
    assert Token.objects.count() == 2

    def die(tokens: Any) -> None:
        raise RuntimeError("the power is gone")

    with monkeypatch.context() as broken:
        broken.setattr(pushes, "enqueue_many", die)
        with pytest.raises(RuntimeError):
            batches.work(batch.pk)
    assert Token.objects.count() == 2
    TokenBatch.objects.update(claimed_until=clock.now() + timedelta(minutes=1))
    assert not batches.work(batch.pk)  # somebody is at it
    TokenBatch.objects.update(claimed_until=clock.now() - timedelta(minutes=1))
    assert batches.unfinished() == [batch.pk]
    assert (worked(batch).written, Token.objects.count(), TokenPush.objects.count()) == (5, 5, 5)
    assert batches.unfinished() == []


def test_a_draft_is_forgotten_after_a_day_and_lines_after_a_month(db: None) -> None:
    old = clock.now() - timedelta(hours=25)
    draft, done = received("uid\nA\n"), written("uid;contract\n;C1\n")
    assert done.rows.count() == 1
    TokenBatch.objects.filter(pk=draft.pk).update(created_at=old)
    TokenBatch.objects.filter(pk=done.pk).update(created_at=old, finished_at=clock.now() - timedelta(days=31))
    batches.unfinished()
    assert [batch.pk for batch in TokenBatch.objects.all()] == [done.pk]
    assert not TokenBatchRow.objects.exists()


def test_a_discarded_draft_leaves_nothing(db: None) -> None:
    batch = checked("uid;contract\nA;C\n")
    assert batches.discard(batch)
    assert not TokenBatch.objects.exists()
    assert not batches.discard(written("uid;contract\nA;C\n"))


@pytest.mark.parametrize("rows", [10, 60])
def test_a_chunk_costs_the_same_queries_however_long(
    cpo: Caller, cp2: Caller, rows: int, django_assert_max_num_queries: Any
) -> None:
    batch = checked("uid;contract\n" + "".join(f"04AA{n:04d};C{n}\n" for n in range(rows)))
    batches.confirm(batch)
    with django_assert_max_num_queries(16):
        assert not batches.work(batch.pk)
    assert Token.objects.count() == rows


# --- lists ------------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("TOK-21", "TOK-22")
def test_a_list_is_blocked_and_what_was_blocked_is_unblocked(cpo: Caller) -> None:
    for uid, status in (("A", "ACTIVE"), ("B", "BLOCKED"), ("C", "EXPIRED")):
        factories.token(uid=uid, type="OTHER", status=status)
    TokenPush.objects.update(state="DONE")
    batch = worked(batches.set_status(tokens=Token.objects.all(), kind=TokenBatch.Kind.BLOCK, by=None))
    assert (batch.state, batch.total, batch.written) == ("DONE", 2, 2)
    assert set(Token.objects.values_list("status", flat=True)) == {"BLOCKED"}
    assert TokenPush.objects.filter(state="PENDING").count() == 2
    factories.token(uid="C", type="OTHER", status="EXPIRED")
    worked(batches.set_status(tokens=Token.objects.all(), kind=TokenBatch.Kind.UNBLOCK, by=None))
    assert list(Token.objects.order_by("uid").values_list("status", flat=True)) == ["ACTIVE", "ACTIVE", "EXPIRED"]
