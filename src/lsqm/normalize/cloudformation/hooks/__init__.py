"""What no table can say: functions by the name that a table's `hook` gives."""

from collections.abc import Callable

from lsqm.normalize.cloudformation.compile import Context
from lsqm.normalize.cloudformation.hooks import api, compute, functions, identity, messaging, network, others, storage

Hook = Callable[[Context], None]

HOOKS: dict[str, Hook] = {
    **api.HOOKS,
    **compute.HOOKS,
    **functions.HOOKS,
    **identity.HOOKS,
    **messaging.HOOKS,
    **network.HOOKS,
    **others.HOOKS,
    **storage.HOOKS,
}
