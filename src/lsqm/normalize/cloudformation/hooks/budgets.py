"""Budgets."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lsqm.model.terraform import Value
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list
from lsqm.normalize.cloudformation.parameters import text

_SUBSCRIBERS = {"EMAIL": "SubscriberEmailAddresses", "SNS": "SubscriberSnsTopicArns"}


def budget(r: Context) -> None:
    """Filters, planned limits and notifications are blocks; times are written in the provider's way."""
    data = r.properties.get("Budget")
    if isinstance(data, Mapping):
        out = {key: value for key, value in data.items() if key not in {"CostFilters", "PlannedBudgetLimits"}}
        period = out.get("TimePeriod")
        if isinstance(period, Mapping):
            out["TimePeriod"] = {key: _time(value) for key, value in period.items()}
        filters, planned = data.get("CostFilters"), data.get("PlannedBudgetLimits")
        if isinstance(filters, Mapping):
            out["CostFilter"] = [{"Name": name, "Values": as_list(values)} for name, values in filters.items()]
        if isinstance(planned, Mapping):
            out["PlannedLimit"] = [
                {"StartTime": _time(start), **limit} for start, limit in planned.items() if isinstance(limit, Mapping)
            ]
        r.properties["Budget"] = out
    if "NotificationsWithSubscribers" in r.properties:
        entries = as_list(r.properties.pop("NotificationsWithSubscribers"))
        r.properties["Notification"] = [_notification(entry) for entry in entries if isinstance(entry, Mapping)]


def _notification(entry: Mapping[str, Any]) -> dict[str, Any]:
    told: Any = entry.get("Notification")
    out: dict[str, Any] = {"ThresholdType": "PERCENTAGE", **(told if isinstance(told, Mapping) else {})}
    for item in as_list(entry.get("Subscribers")):
        if isinstance(item, Mapping) and text(item.get("SubscriptionType")) in _SUBSCRIBERS:
            out.setdefault(_SUBSCRIBERS[text(item.get("SubscriptionType"))], []).append(item.get("Address"))
    return out


def _time(value: Any) -> Value:
    """Seconds since 1970 or an ISO date as `2017-07-01_12:00`; anything else as it is."""
    if re.fullmatch(r"\d{9,11}", text(value)):
        return datetime.fromtimestamp(int(text(value)), UTC).strftime("%Y-%m-%d_%H:%M")
    found = re.match(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d))?", value) if isinstance(value, str) else None
    return f"{found[1]}_{found[2] or '00:00'}" if found else value


HOOKS = {"budget": budget}
