"""The data catalogue."""

from collections.abc import Mapping

from lsqm.model.terraform import Reference
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list
from lsqm.normalize.cloudformation.names import snake


def glue_database(r: Context) -> None:
    """The catalogue is the account's unless the template names another."""
    _catalog(r)


def glue_table(r: Context) -> None:
    """The catalogue is the account's unless the template names another; columns and keys are blocks."""
    _catalog(r)


def _catalog(r: Context) -> None:
    catalog = r.take("CatalogId")
    if catalog is not None and not (isinstance(catalog, Reference) and catalog.address == _ACCOUNT):
        r.body.attributes["catalog_id"] = catalog


_ACCOUNT = "data.aws_caller_identity.current"


def glue_crawler(r: Context) -> None:
    """Targets are blocks by kind; policies are flat."""
    targets = r.take("Targets")
    for key, block in (
        ("S3Targets", "s3_target"),
        ("JdbcTargets", "jdbc_target"),
        ("DynamoDBTargets", "dynamodb_target"),
        ("CatalogTargets", "catalog_target"),
        ("DeltaTargets", "delta_target"),
        ("MongoDBTargets", "mongodb_target"),
    ):
        for item in as_list(targets.get(key)) if isinstance(targets, Mapping) else []:
            if isinstance(item, Mapping):
                r.body.add(block, **{snake(k): v for k, v in item.items()})
    schedule = r.take("Schedule")
    if isinstance(schedule, Mapping) and "ScheduleExpression" in schedule:
        r.body.attributes["schedule"] = schedule["ScheduleExpression"]
    if "DatabaseName" not in r.properties:
        r.body.attributes["database_name"] = r.compiler.stack


HOOKS = {
    "glue_database": glue_database,
    "glue_table": glue_table,
    "glue_crawler": glue_crawler,
}
