"""公開する規程: anybody reads what is in force, and nothing else."""

import pytest

pytestmark = pytest.mark.django_db
PAGE = "/policy/990011/"


def test_before_anything_is_in_force_there_is_nothing(client):
    assert client.get(PAGE).status_code == 404


def test_anybody_reads_the_policy_in_force(issued, client, board):
    issued()
    page = client.get(PAGE)
    text = page.content.decode()
    assert page.status_code == 200
    assert "自治体の壁" in text and "15分" in text and "第1版" in text
    assert board.label not in text
    assert client.get("/policy/990022/").status_code == 404


def test_a_draft_is_not_public(issued, client):
    issued()
    issued(lambda row: None if setattr(row, "limits", {"reauth_minutes": 21}) else row.save(), activate=False)
    text = client.get(PAGE).content.decode()
    assert "第1版" in text and "改正が決まっています" in text and "21分" not in text


def test_the_pdf_has_every_clause(issued, client):
    import pypdfium2

    issue = issued()
    response = client.get(f"{PAGE}policy.pdf")
    assert response.status_code == 200
    document = pypdfium2.PdfDocument(response.content)
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    assert issue.edition_digest in text.replace("\r\n", "")
    assert sum(1 for number in issue.clauses if number in text) == len(issue.clauses)


def test_a_statement_or_two(issued, client, count_queries):
    issued()
    with count_queries() as asked:
        client.get(PAGE)
    assert len(asked) <= 2
