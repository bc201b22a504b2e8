"""DNS records, and certificates that DNS validates."""

from collections.abc import Mapping
from typing import Any

from lsqm.model.terraform import EXPRESSIONS, Value
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list, port
from lsqm.normalize.cloudformation.ir import Body
from lsqm.normalize.cloudformation.parameters import text
from lsqm.normalize.cloudformation.standins import ZONE
from lsqm.normalize.cloudformation.tables import Table

_RECORD = Table(
    type="aws_route53_record",
    rename={
        "AliasTarget": "alias",
        "AliasTarget.DNSName": "name",
        "AliasTarget.HostedZoneId": "zone_id",
        "ResourceRecords": "records",
        "HostedZoneId": "zone_id",
        "TTL": "ttl",
        "MultiValueAnswer": "multivalue_answer_routing_policy",
        "GeoLocation": "geolocation_routing_policy",
        "GeoLocation.ContinentCode": "continent",
        "GeoLocation.CountryCode": "country",
        "GeoLocation.SubdivisionCode": "subdivision",
    },
    defaults={"alias?.evaluate_target_health": False},
    drop={"Comment": "records have no comments"},
)


def _record(r: Context, body: Body, record: Mapping[str, Any], zone: Value, zone_name: Value) -> None:
    record = dict(record)
    zone = record.pop("HostedZoneId", zone)
    zone_name = record.pop("HostedZoneName", zone_name)
    if zone is None or zone == "":
        address = r.compiler.zone(zone_name)
        zone = address if address is not None else ZONE
        if address is None:
            shown = "" if isinstance(zone_name, EXPRESSIONS) else text(zone_name)
            r.compiler.diagnostics.stand_in(r.path, f"The hosted zone {shown} lies outside the template.")
    body.attributes["zone_id"] = zone
    if "AliasTarget" in record and record.pop("TTL", None) is not None:
        r.compiler.diagnostics.add(
            "property-dropped", (*r.path, "TTL"), "TTL: an alias has its target's", effect="It is left out."
        )
    for key, block, name in (
        ("Weight", "weighted_routing_policy", "weight"),
        ("Region", "latency_routing_policy", "region"),
        ("Failover", "failover_routing_policy", "type"),
    ):
        if key in record:
            body.add(block, **{name: port(record.pop(key))})
    made = type(r.made)(type="aws_route53_record", name="", body=body, item=r.item)
    r.fill(made, record, rules=_RECORD)


def record_set(r: Context) -> None:
    """A record; a zone given by name is looked for in the template."""
    record, r.properties = r.properties, {}
    _record(r, r.body, record, None, None)


def record_set_group(r: Context) -> None:
    """One resource for each record."""
    zone, zone_name = r.take("HostedZoneId"), r.take("HostedZoneName")
    records = [item for item in as_list(r.take("RecordSets")) if isinstance(item, Mapping)]
    r.drop("Comment", "records have no comments")
    for position, record in enumerate(records):
        body = r.body if position == 0 else r.another(r.made.type, f"{r.item.logical_id}_{position + 1}").body
        _record(r, body, record, zone, zone_name)


def certificate(r: Context) -> None:
    """Validation options name a domain; zones for DNS validation are records elsewhere."""
    options = as_list(r.take("DomainValidationOptions"))
    if "ValidationMethod" not in r.properties and "CertificateAuthorityArn" not in r.properties:
        r.body.attributes["validation_method"] = "EMAIL"
    for option in options:
        if isinstance(option, Mapping) and "ValidationDomain" in option:
            r.body.add(
                "validation_option", domain_name=option.get("DomainName"), validation_domain=option["ValidationDomain"]
            )
        elif isinstance(option, Mapping) and "HostedZoneId" in option:
            r.compiler.diagnostics.add(
                "property-dropped",
                (*r.path, "DomainValidationOptions"),
                "DomainValidationOptions.HostedZoneId: the validation records are resources of their own",
                effect="The certificate waits for validation.",
            )
    logging = r.take("CertificateTransparencyLoggingPreference")
    if logging is not None:
        r.body.first("options").attributes["certificate_transparency_logging_preference"] = logging


HOOKS = {
    "record_set": record_set,
    "record_set_group": record_set_group,
    "certificate": certificate,
}
