"""From files of a run to an issue and a message."""

from dataclasses import replace
from pathlib import Path

from lsqm.artifacts.store import ArtifactStore, index_entry
from lsqm.compare.baseline import against
from lsqm.compare.comparing import compare
from lsqm.compare.confirm import ConfirmOptions
from lsqm.model.architecture import Index
from lsqm.model.run import Counts
from lsqm.pipeline.telling import file_regressions, issue_links, load_issues, slack_facts
from lsqm.publish.slack_message import message
from tests.fakes.memory_tracker import MemoryTracker
from tests.samples import HASH, a_manifest, an_architecture
from tests.unit.compare.cases import OLD, a_run, an_emulator, broken, repeats, trial, view


def a_store(tmp_path: Path) -> ArtifactStore:
    store = ArtifactStore(tmp_path / "artifacts")
    store.initialise()
    return filled(store)


def filled(store: ArtifactStore) -> ArtifactStore:
    """With two runs: in the second the queue worker regressed, and it was confirmed."""
    architecture = an_architecture()
    store.save_architecture(architecture)
    store.save_index(Index(architectures={HASH: index_entry(architecture.metadata)}))
    before, after = replace(trial(digest=OLD), architecture=HASH), replace(broken(message="boom"), architecture=HASH)
    for number, result in ((1, before), (2, after)):
        passed = int(number == 1)
        manifest = replace(
            a_manifest(), run=a_run(number), emulator=an_emulator(), counts=Counts(passed=passed, failed=1 - passed)
        )
        store.save_manifest(manifest)
        store.save_result(a_run(number), result, {"terraform": b"Error: boom from the log\n"})
    evidence = {HASH: repeats(frozenset(), [after] * 2, [before] * 2)}
    comparison = compare(view(2, after), against(view(1, before)), evidence=evidence, options=ConfirmOptions(total=2))
    store.save_comparison(comparison)
    return store


def test_a_confirmed_regression_becomes_one_issue_with_terraform_and_log_and_a_link_in_the_report(tmp_path: Path):
    store, tracker = a_store(tmp_path), MemoryTracker()
    outcome = file_regressions(store, a_run(2), tracker=tracker)
    issue = tracker.stored[1]
    assert outcome.opened == (issue.url,)
    for part in ("aws_sqs_queue", "boom from the log", "queue-worker", "starter//queue-worker at c0ffee"):
        assert part in issue.body
    assert issue_links(store) == {HASH: issue.url}
    assert file_regressions(store, a_run(2), tracker=tracker).opened == ()


def test_what_answers_with_errors_only_now_names_the_service_of_a_test_without_sdk(tmp_path: Path):
    store, tracker = a_store(tmp_path), MemoryTracker()
    calls = {1: {"s3.HeadObject": {"404": 2}, "sqs.SendMessage": {"200": 1}}, 2: {"s3.HeadObject": {"404": 2}}}
    calls[2]["sqs.SendMessage"] = {"500": 1}
    for number in (1, 2):
        known = store.load_result(a_run(number), HASH)
        signature = "test: assert False" if number == 2 else ""
        store.save_result(a_run(number), replace(known, api_calls=calls[number], signature=signature), {})
    file_regressions(store, a_run(2), tracker=tracker)
    assert tracker.stored[1].title.startswith("[lsqm] sqs: test: assert False (regression")


def test_dry_run_plans_and_leaves_no_trace(tmp_path: Path):
    store, tracker = a_store(tmp_path), MemoryTracker()
    planned = file_regressions(store, a_run(2), tracker=tracker, dry_run=True).planned
    assert len(planned) == 1
    assert not load_issues(store).is_waiting
    assert tracker.stored == {}


def test_the_message_names_the_regression_its_issue_and_the_change_of_the_pass_rate(tmp_path: Path):
    store = a_store(tmp_path)
    url = file_regressions(store, a_run(2), tracker=MemoryTracker()).opened[0]
    text = str(message(slack_facts(store, a_run(2), notices=["something waits"])))
    for part in ("1 confirmed regression (1 root cause)", url, "0.0% (-100.0 points)", "something waits"):
        assert part in text
