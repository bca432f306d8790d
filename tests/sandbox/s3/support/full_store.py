"""What the S3 API's store keeps of changes that met a full disk, once there was room again.

Arguments: a folder for the database; `pages`, to limit the database itself, or `disk`, to fill the folder's disk. Prints, as JSON,
how each change ended, and what a server finds that starts anew.
"""

import errno
import json
import os
import pathlib
import sqlite3
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[4] / "sandbox" / "s3"))

from moto.core import DEFAULT_ACCOUNT_ID  # noqa: E402
from moto.s3.models import s3_backends  # noqa: E402
from server import PARTITION, Store  # noqa: E402

S3 = s3_backends[DEFAULT_ACCOUNT_ID][PARTITION]
REGION = "eu-central-1"


def found(path):
    """Size and legal hold of each object, by bucket, as a server finds them that starts anew."""
    Store(path).load()
    return {
        name: {key: [value.size, value.lock_legal_status] for key, value in bucket.keys.items()}
        for name, bucket in S3.buckets.items()
    }


def limit_pages(store, _folder):
    """To as many as the database has. @returns what takes the limit away"""
    (pages,) = store.database.execute("PRAGMA page_count").fetchone()
    store.database.execute(f"PRAGMA max_page_count = {pages}").fetchone()
    return lambda: store.database.execute("PRAGMA max_page_count = 1000000").fetchone()


def fill_disk(_store, folder):
    """@returns what frees it again"""
    filler = os.path.join(folder, "filler")
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    return lambda: os.remove(filler)


def put(bucket, name, size):
    S3.put_object(bucket, name, b"x" * size)
    return bucket, name


def delete(bucket, name):
    S3.delete_object(bucket, name)
    return bucket, name


def hold(bucket, name):
    S3.put_object_legal_hold(bucket, name, None, "ON")
    return bucket, name


def make_bucket(name):
    S3.create_bucket(name, REGION)
    return name, ""


def delete_bucket(name):
    S3.delete_bucket(name)
    return name, ""


def attempt(store, change, *args):
    """A request, as the server does it. @returns how it ends"""
    touched = change(*args)
    try:
        store.save(touched)
        return "done"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def main(folder, limit):
    path = os.path.join(folder, "state.sqlite")
    store = Store(path)
    for bucket in ("kept", "dropped"):
        make_bucket(bucket)
    for name in ("deleted", "held", "replaced"):
        put("kept", name, 100)
    store.save(None)
    free = {"pages": limit_pages, "disk": fill_disk}[limit](store, folder)
    full = [
        attempt(store, put, "kept", "made", 200_000),
        attempt(store, put, "kept", "replaced", 200_000),
        attempt(store, delete, "kept", "deleted"),
        attempt(store, hold, "kept", "held"),
        attempt(store, make_bucket, "made"),
        attempt(store, delete_bucket, "dropped"),
    ]
    while_full = afresh(path)
    free()
    after = attempt(store, put, "made", "last", 1)
    print(json.dumps({"full": full, "whileFull": while_full, "after": after, "found": afresh(path)}))


def afresh(path):
    output = subprocess.run([sys.executable, __file__, path], check=True, stdout=subprocess.PIPE).stdout
    return json.loads(output)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(json.dumps(found(sys.argv[1])))
    else:
        main(*sys.argv[1:])
