"""Where SQL statements begin and end, and what they do to a transaction."""

from __future__ import annotations

import pytest

from lamina.databases.statements import control, first_words, postgresql_lines, sqlite_statements

SCRIPT = """\
-- people; and more
CREATE TABLE a (x TEXT DEFAULT ';');

/* a trigger
   has statements of its own; */
CREATE TRIGGER t AFTER INSERT ON a BEGIN
  SELECT 1;
  SELECT 2;
END;
;
INSERT INTO a VALUES ('it''s; fine'); INSERT INTO a VALUES ('b')
-- the end; of it
"""


def test_statements_with_their_lines() -> None:
    found = list(sqlite_statements(SCRIPT))
    assert [line for line, _ in found] == [2, 6, 11, 11]
    assert found[0][1] == "CREATE TABLE a (x TEXT DEFAULT ';');"
    assert found[1][1].endswith("SELECT 2;\nEND;")
    assert found[3][1].startswith("INSERT INTO a VALUES ('b')")


def test_nothing_but_comments_is_no_statement() -> None:
    assert list(sqlite_statements("-- nothing;\n;;\n/* at; all */")) == []


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("begin immediate", "begin"),
        ("-- x\n/* y */ START TRANSACTION", "begin"),
        ("Commit;", "commit"),
        ("END TRANSACTION", "commit"),
        ("ROLLBACK", "rollback"),
        ("abort", "rollback"),
        ("ROLLBACK TO here", ""),
        ("rollback transaction to savepoint here", ""),
        ("SAVEPOINT here", "savepoint"),
        ("release here", "release"),
        ("INSERT INTO commit VALUES (1)", ""),
        ("", ""),
    ],
)
def test_what_a_statement_does_to_the_transaction(sql: str, wanted: str) -> None:
    assert control(first_words(sql)) == wanted


POSTGRESQL = """\
CREATE TABLE "a;b" (x TEXT DEFAULT 'it''s; fine');
/* outer; /* inner; */ still; */ SELECT E'it\\'s; fine', $$a;b$$;

CREATE FUNCTION f() RETURNS TEXT AS $body$
  SELECT '$$;'; -- not; the end
$body$ LANGUAGE sql; SELECT $1; -- done;
"""


def test_statements_of_postgresql_with_their_lines() -> None:
    found = list(postgresql_lines(POSTGRESQL))
    assert [line for line, _ in found] == [1, 2, 4, 6]
    assert found[2][1].endswith("LANGUAGE sql;")
    assert [line for line, _ in postgresql_lines("/* never ends; SELECT 1;")] == [1], (
        "the server says what is wrong with it"
    )
