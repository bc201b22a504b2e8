"""One machine that syncs, adds a run and pushes: `python -m tests.integration.publish.pusher CHECKOUT URL RUN`."""

import sys
from pathlib import Path

from lsqm.adapters.clock import SystemClock
from lsqm.publish.push import push
from lsqm.publish.remote import RemoteSpec
from lsqm.publish.sync import sync
from tests.integration.publish.places import GIT, Place, initialise

if __name__ == "__main__":
    checkout, remote, run = Path(sys.argv[1]), RemoteSpec(url=sys.argv[2]), sys.argv[3]
    clock = SystemClock()
    sync(checkout, remote, git=GIT, clock=clock, initialise=initialise)
    place = Place(checkout=checkout, remote=remote)
    if not place.has(f"runs/{run}"):
        place.add_run(run)
    print("ready", flush=True)
    sys.stdin.readline()
    outcome = push(checkout, remote, git=GIT, clock=clock, message=f"Add {run}")
    print(f"{outcome.pushed} after {outcome.attempts}: {outcome.failure}", flush=True)
    sys.exit(0 if outcome.pushed or not outcome.failure else 1)
