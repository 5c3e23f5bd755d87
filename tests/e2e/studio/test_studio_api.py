"""The studio's API without a browser: the contract in JSON and events over plain HTTP."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.stack import Stack

SPEECH = Path(__file__).parents[2] / "contract" / "data" / "speech" / "lighthouse_en.ogg"
TALE = "# A Tale\n\nAn owl sat in a tree. A fox came by.\n\nThey slept under the moon."


@pytest.fixture
def studio(fake_stack: Stack) -> Iterator[httpx2.Client]:
    base = f"http://{fake_stack.http}/studio/"
    with httpx2.Client(base_url=base, timeout=60) as client:
        yield client


def events(answer: httpx2.Response) -> list[tuple[str, Any]]:
    """Names and messages of a stream that was read to its end."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in answer.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def error(answer: httpx2.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()["error"]
    assert {"message", "type", "code"} <= set(body)
    return body


class TestPage:
    """Its own files, and nothing else."""

    def test_every_file_is_served_with_its_policy(self, studio: httpx2.Client) -> None:
        for path in ("", "main.js", "look/base.css", "words/fr.json", "lantern.svg"):
            answer = studio.get(path)
            assert answer.status_code == 200
            policy = answer.headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            again = studio.get(path, headers={"if-none-match": answer.headers["etag"]})
            assert again.status_code == 304

    def test_the_address_without_a_slash_leads_there(self, fake_stack: Stack) -> None:
        for path in ("/", "/studio"):
            answer = httpx2.get(f"http://{fake_stack.http}{path}")
            assert (answer.status_code, answer.headers["location"]) == (307, "/studio/")

    @pytest.mark.parametrize(
        "path",
        [
            "../routes.py",
            "%2e%2e/routes.py",
            "..%2f..%2fapp.py",
            "words/",
            "nothing.js",
            "%00",
        ],
    )
    def test_what_is_not_the_pages_does_not_exist(self, studio: httpx2.Client, path: str) -> None:
        answer = studio.get(path)
        assert answer.status_code == 404
        assert "def " not in answer.text


class TestMaking:
    """Streams of the models."""

    def test_pictures(self, studio: httpx2.Client) -> None:
        asked = {"prompt": "a fox", "width": 96, "height": 64, "step_count": 2, "seed": 7}
        found = events(studio.post("api/images", json={**asked, "preview_interval": 1}))
        assert [name for name, _ in found] == [
            "progress", "preview", "progress", "preview", "image", "chunk",
        ]  # fmt: skip
        info = found[4][1]["image"]
        picture = base64.b64decode(found[5][1]["chunk"]["data"])
        assert picture.startswith(b"\x89PNG")
        assert (info["width"], info["seed"]) == (96, "7")
        assert len(picture) == int(info["size_bytes"])

    def test_speech(self, studio: httpx2.Client) -> None:
        found = events(studio.post("api/speech", json={"text": "Good evening."}))
        names = [name for name, _ in found]
        assert (names[0], names[-1]) == ("format", "summary")
        clause = next(message["clause"] for name, message in found if name == "clause")
        assert [word["text"] for word in clause["words"]] == ["Good", "evening"]

    def test_transcripts(self, studio: httpx2.Client) -> None:
        answer = studio.post(
            "api/transcriptions?language=fr",
            content=SPEECH.read_bytes(),
            headers={"content-type": "audio/ogg"},
        )
        found = events(answer)
        assert found[0][1]["language"]["language"] == "fr"
        assert found[1][1]["segment"]["text"] == "un"
        assert found[-1][0] == "summary"


class TestStories:
    """From the request to the last file of it."""

    def test_a_story_is_begun_watched_and_read(self, studio: httpx2.Client) -> None:
        begun = studio.post("api/stories", json={"text": TALE, "image_model": "fake-image"}).json()
        name = begun["metadata"]["story"]
        found = events(studio.get(f"api/{name}/events?after_sequence=0"))
        names = [event for event, _ in found]
        assert names[-1] == "finished"
        assert names.count("narrated") == 3
        sequence = found[1][1]["sequence"]
        rest = events(studio.get(f"api/{name}/events?after_sequence={sequence}"))
        assert len(rest) == len(found) - 2
        story = studio.get(f"api/{name}").json()
        assert story["state"] == "STORY_STATE_SUCCEEDED"
        listed = studio.get("api/stories?page_size=5").json()["stories"]
        assert name in [one["name"] for one in listed]

        sound = studio.get(f"api/{story['narration']}")
        assert sound.headers["content-type"] == "audio/flac"
        assert "content-disposition" not in sound.headers
        part = studio.get(f"api/{story['narration']}", headers={"range": "bytes=4-9"})
        assert (part.status_code, part.content) == (206, sound.content[4:10])
        assert part.headers["content-range"] == f"bytes 4-9/{len(sound.content)}"
        tail = studio.get(f"api/{story['narration']}", headers={"range": "bytes=-5"})
        assert tail.content == sound.content[-5:]
        beyond = studio.get(f"api/{story['narration']}", headers={"range": "bytes=99999999-"})
        assert beyond.status_code == 416
        saved = studio.get(f"api/{story['narration']}?name=été.flac")
        assert saved.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%C3")

        assert studio.delete(f"api/{name}").status_code == 200
        assert studio.get(f"api/{name}").status_code == 404

    def test_a_recording_becomes_a_story(self, studio: httpx2.Client) -> None:
        answer = studio.post(
            "api/narrations", content=SPEECH.read_bytes(), headers={"content-type": "audio/ogg"}
        )
        told = answer.json()
        assert int(told["duration_ms"]) > 5_000
        begun = studio.post("api/stories", json={"narration": told["narration"]}).json()
        found = events(studio.get(f"api/{begun['metadata']['story']}/events"))
        assert found[-1][0] == "finished"


class TestKnowing:
    """Models, voices, operations."""

    def test_models_and_their_cards(self, studio: httpx2.Client) -> None:
        models = studio.get("api/models?modality=MODALITY_IMAGE").json()["models"]
        assert {"fake-image", "slow-image"} <= {model["id"] for model in models}
        assert "Deterministic" in studio.get("api/models/fake-image").json()["card"]

    def test_voices(self, studio: httpx2.Client) -> None:
        voices = studio.get("api/voices?language=fr").json()["voices"]
        assert [voice["id"] for voice in voices] == ["fake-fr"]

    def test_operations(self, studio: httpx2.Client) -> None:
        found = studio.get("api/operations?page_size=5").json()["operations"]
        assert all(operation["name"].startswith("operations/") for operation in found)


class TestRefusals:
    """Bad input is the caller's fault, and named."""

    @pytest.mark.parametrize(
        ("path", "body", "field"),
        [
            ("api/images", {"prompt": "x", "width": 1}, "width"),
            ("api/images", {"prompt": "x", "kind": 1}, "body"),
            ("api/images", {"prompt": 7}, "body"),
            ("api/speech", {"text": "x", "speed": 9}, "speed"),
            ("api/speech", {"text": "x\u0007"}, "text"),
            ("api/stories", {}, "source"),
            ("api/stories", {"text": "x", "request_id": "me"}, "request_id"),
        ],
    )
    def test_a_wrong_field_is_named(
        self, studio: httpx2.Client, path: str, body: dict[str, Any], field: str
    ) -> None:
        answer = studio.post(path, json=body)
        assert answer.status_code == 400
        told = error(answer)
        assert told["status"] == "INVALID_ARGUMENT"
        assert told["fields"][0]["field"] == field

    def test_unknown_names_are_not_found(self, studio: httpx2.Client) -> None:
        for path in (
            "api/models/none", "api/stories/none", "api/stories/none/events", "api/operations/none",
            f"api/assets/{'0' * 64}", "api/assets/%2e%2e%2fx", "api/models/..%2f..%2fx", "api/none",
        ):  # fmt: skip
            assert studio.get(path).status_code in (400, 404), path
        gone = studio.post("api/images", json={"prompt": "x", "model": "none"})
        assert (gone.status_code, error(gone)["status"]) == (404, "NOT_FOUND")

    def test_what_is_no_json_is_refused(self, studio: httpx2.Client) -> None:
        form = studio.post(
            "api/images", content=b"prompt=x", headers={"content-type": "text/plain"}
        )
        assert (form.status_code, error(form)["code"]) == (400, "not_json")
        torn = studio.post("api/images", content=b"{", headers={"content-type": "application/json"})
        assert torn.status_code == 400

    def test_a_recording_that_is_none_is_refused(self, studio: httpx2.Client) -> None:
        for path in ("api/narrations", "api/transcriptions"):
            answer = studio.post(path, content=b"no sound", headers={"content-type": "audio/mpeg"})
            assert answer.status_code == 400, answer.text
        strange = studio.post("api/transcriptions?speed=9", content=SPEECH.read_bytes(),
                              headers={"content-type": "audio/ogg"})  # fmt: skip
        assert strange.status_code == 400

    def test_other_origins_are_refused(self, studio: httpx2.Client) -> None:
        before = studio.get("api/stories?page_size=1").json()["stories"]
        answer = studio.post(
            "api/stories", json={"text": TALE}, headers={"origin": "https://elsewhere.example"}
        )
        assert answer.status_code == 403
        assert [story["name"] for story in before] == [
            story["name"] for story in studio.get("api/stories?page_size=1").json()["stories"]
        ]
