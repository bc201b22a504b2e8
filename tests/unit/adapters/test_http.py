"""The HTTP client against a transport that answers as told; time passes only in `sleep`."""

from collections.abc import Callable, Iterator

import httpx2
import pytest

from lsqm.adapters.http import HttpClient, HttpError, Patience
from tests.mining import StillClock

Answer = httpx2.Response | Exception


class Server:
    """Gives the next answer to each request and remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def client(clock: StillClock) -> Callable[..., HttpClient]:
    def make(server: Server, **options) -> HttpClient:
        return HttpClient(clock=clock, transport=httpx2.MockTransport(server), **options)

    return make


def reply(status: int = 200, body: str = "{}", **headers: str) -> httpx2.Response:
    return httpx2.Response(status, text=body, headers={key.replace("_", "-"): value for key, value in headers.items()})


URL = "https://api.example.org/x"


def test_what_passes_is_retried_with_growing_waits(client, clock):
    server = Server(reply(502), httpx2.ReadTimeout("slow"), reply(503), reply(body='{"a": 1}'))
    assert client(server).get(URL).json() == {"a": 1}
    assert clock.slept == [1.0, 2.0, 4.0]


def test_after_the_last_attempt_the_status_and_the_servers_words_are_told(client):
    server = Server(*[reply(500, '{"message": "on fire"}') for _ in range(5)])
    with pytest.raises(HttpError, match="HTTP 500: on fire") as caught:
        client(server).get(URL)
    assert caught.value.status == 500
    assert len(server.asked) == 5


def test_what_will_not_change_is_not_asked_again(client):
    server = Server(reply(404))
    with pytest.raises(HttpError, match="HTTP 404"):
        client(server).get(URL)
    assert len(server.asked) == 1


def test_retry_after_is_honoured_in_seconds_and_as_a_date(client, clock):
    server = Server(reply(429, retry_after="17"), reply(503, retry_after="Sun, 04 Jan 2026 00:01:00 GMT"), reply(200))
    client(server).get(URL)
    assert clock.slept == [17.0, 43.0]


def test_a_secondary_limit_without_retry_after_waits_a_minute_and_then_more(client, clock):
    said = '{"message": "You have exceeded a secondary rate limit."}'
    client(Server(reply(403, said), reply(403, said), reply(200))).get(URL)
    assert clock.slept == [60.0, 120.0]


def test_a_plain_403_is_no_limit(client, clock):
    with pytest.raises(HttpError, match="HTTP 403: Resource not accessible"):
        client(Server(reply(403, '{"message": "Resource not accessible"}'))).get(URL)
    assert clock.slept == []


def test_a_limit_with_an_hour_to_go_is_given_up_at_once_and_the_host_left_alone(client, clock):
    reset = str(int(clock.now().timestamp()) + 3600)
    server = Server(reply(403, x_ratelimit_remaining="0", x_ratelimit_reset=reset), reply(200))
    http = client(server)
    with pytest.raises(HttpError, match="rate limit used up until 01:00:01 UTC") as caught:
        http.get(URL)
    assert caught.value.retry_at is not None
    with pytest.raises(HttpError, match="rate limit used up"):
        http.get("https://api.example.org/y")
    assert len(server.asked) == 1
    clock.sleep(3602)
    assert http.get(URL).status == 200


def test_a_post_is_repeated_only_when_it_had_no_effect(client):
    server = Server(httpx2.ConnectError("refused"), reply(201))
    assert client(server).request("POST", URL, content={"a": 1}, idempotent=False).status == 201
    assert server.asked[1].content == b'{"a": 1}'
    for answer in (httpx2.ReadTimeout("slow"), reply(502)):
        server = Server(answer, reply(201))
        with pytest.raises(HttpError):
            client(server).request("POST", URL, content={}, idempotent=False)
        assert len(server.asked) == 1


def test_an_unchanged_answer_is_304_and_counts_as_a_request(client):
    http = client(Server(reply(304, "", etag='"a"')))
    assert http.get(URL, etag='"a"').status == 304
    assert http.requests == 1


def test_a_token_goes_to_its_own_host_only_also_across_redirects(client):
    server = Server(reply(302, location="https://codeload.example.org/x"), reply(200))
    client(server, tokens={"https://api.example.org/v3": "s3cr3t"}).get(URL)
    assert [request.headers.get("authorization") for request in server.asked] == ["Bearer s3cr3t", None]


def test_a_token_never_shows_in_an_error(client):
    server = Server(reply(400, '{"message": "bad token s3cr3t"}'))
    with pytest.raises(HttpError) as caught:
        client(server, tokens={"https://api.example.org": "s3cr3t"}).get(URL + "?token=s3cr3t")
    assert "s3cr3t" not in str(caught.value) + caught.value.url


def test_credentials_in_a_url_are_not_shown(client):
    with pytest.raises(HttpError) as caught:
        client(Server(reply(400))).get("https://me:hunter2@api.example.org/x")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://api.example.org/x", "https to http"),
        ("file:///etc", "https to file"),
        ("https://169.254.169.254/x", "inner address"),
    ],
)
def test_a_redirect_away_from_https_is_refused(client, target, reason):
    with pytest.raises(HttpError, match=reason):
        client(Server(reply(302, location=target))).get(URL)


def test_redirects_in_a_circle_end(client):
    with pytest.raises(HttpError, match="more than five redirects"):
        client(Server(*[reply(302, location=URL) for _ in range(9)])).get(URL)


def test_a_download_goes_to_its_file_and_is_counted(client, tmp_path):
    http = client(Server(reply(200, "content")))
    http.download(URL, tmp_path / "f", limit_bytes=100)
    assert (tmp_path / "f").read_text() == "content"
    assert (http.requests, http.downloads) == (1, 1)


def test_a_download_over_its_limit_is_an_error(client, tmp_path):
    http = client(Server(reply(200, "x" * 2000)))
    with pytest.raises(HttpError, match="larger than"):
        http.download(URL, tmp_path / "f", limit_bytes=1000)
    assert http.downloads == 0


def test_a_download_that_drips_for_ever_ends_at_its_deadline(client, clock, tmp_path):
    def drip() -> Iterator[bytes]:
        while True:
            clock.sleep(5)
            yield b"x"

    http = client(Server(httpx2.Response(200, content=drip())), patience=Patience(download_seconds=60))
    with pytest.raises(HttpError, match="no end within 60 s"):
        http.download(URL, tmp_path / "f", limit_bytes=10**9)


def test_links_lead_to_the_next_page(client):
    header = '<https://api.example.org/x?page=3>; rel="next", <https://api.example.org/x?page=1>; rel="prev"'
    links = client(Server(reply(200, link=header))).get(URL).links
    assert links == {"next": "https://api.example.org/x?page=3", "prev": "https://api.example.org/x?page=1"}


def test_an_answer_that_is_no_json_names_its_url(client):
    with pytest.raises(HttpError, match=f"{URL}: not JSON"):
        client(Server(reply(200, "<html>"))).get(URL).json()
