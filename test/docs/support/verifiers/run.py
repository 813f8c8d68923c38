"""Judges each line of the input with the page's verify.py."""

import base64
import json
import sys

from verify import is_genuine

for line in sys.stdin:
    case = json.loads(line)
    try:
        verdict = is_genuine(base64.b64decode(case["body"]), case["headers"], case["secrets"], case["nowS"])
        print("genuine" if verdict is True else "refused")
    except ValueError:
        print("no secret")
