"""Creates and reads notes."""

import json


def create(event, context):
    return {"statusCode": 201, "body": event.get("body") or "{}"}


def read(event, context):
    return {"statusCode": 200, "body": json.dumps(event.get("pathParameters"))}
