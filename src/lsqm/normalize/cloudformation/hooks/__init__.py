"""What no table can say: functions by the name that a table's `hook` gives."""

from collections.abc import Callable

from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks import (
    api,
    api_documents,
    budgets,
    cloudfront,
    compute,
    containers,
    data_catalog,
    databases,
    dns,
    emr,
    functions,
    identity,
    load_balancers,
    messaging,
    network,
    others,
    pipelines,
    platforms,
    security_groups,
    storage,
    waf,
)

Hook = Callable[[Context], None]

HOOKS: dict[str, Hook] = {
    **api.HOOKS,
    **api_documents.HOOKS,
    **budgets.HOOKS,
    **cloudfront.HOOKS,
    **compute.HOOKS,
    **containers.HOOKS,
    **data_catalog.HOOKS,
    **databases.HOOKS,
    **dns.HOOKS,
    **emr.HOOKS,
    **functions.HOOKS,
    **identity.HOOKS,
    **load_balancers.HOOKS,
    **messaging.HOOKS,
    **network.HOOKS,
    **others.HOOKS,
    **pipelines.HOOKS,
    **platforms.HOOKS,
    **security_groups.HOOKS,
    **storage.HOOKS,
    **waf.HOOKS,
}
