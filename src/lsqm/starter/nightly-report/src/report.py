"""Counts the records it is given and says so."""


def handler(event, context):
    records = event.get("records", [])
    return {"counted": len(records)}
