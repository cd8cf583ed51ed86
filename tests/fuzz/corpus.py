#!/usr/bin/env python3
"""Makes a corpus for a fuzzer out of a file of test cases: corpus.py SUITE.json KEY FOLDER

Writes the text of KEY of every case in SUITE.json (a list of objects) into a file of its own in FOLDER, named by its
digest, so that running it again changes nothing.
"""
import hashlib
import json
import pathlib
import sys


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    suite, key, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    texts = {case[key] for case in json.loads(pathlib.Path(suite).read_text("utf-8")) if isinstance(case.get(key), str)}
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)
    print(f"{len(texts)} texts in {folder}")


if __name__ == "__main__":
    main()
