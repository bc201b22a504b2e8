"""Says which table it would sweep."""

import os


def handler(event, context):
    return {"table": os.environ["TABLE"], "swept": 0}
