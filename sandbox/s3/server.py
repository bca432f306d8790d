"""The sandbox's S3 and IAM API: moto with TLS, IAM enforced, and a state on disk.

moto keeps everything in memory. Here each request that may change something is answered only after the change has
been committed to a database, so that the state outlives the process, however it ends. Uploads in parts that
aren't completed are the exception: a client begins them anew.

Arguments: the path of a JSON file with the keys `host`, `port`, `certificate`, `key`, `database`, `accessKeyId`,
`secretAccessKey`. The two last are the credentials of the administrator.
"""

import json
import os
import pickle
import signal
import sqlite3
import sys
import threading

# Before moto is imported: it reads them then. Every request must be signed and permitted.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"
# Buckets are addressed by path: the host is an IP address.
os.environ["S3_IGNORE_SUBDOMAIN_BUCKETNAME"] = "true"

from moto.core import DEFAULT_ACCOUNT_ID  # noqa: E402
from moto.iam.access_control import IAMPolicy, PermissionResult  # noqa: E402
from moto.iam.models import AccessKey, iam_backends  # noqa: E402
from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.s3.models import FakeBucket, FakeDeleteMarker, MultipartDict, S3Backend, s3_backends  # noqa: E402
from moto.s3.utils import _VersionedKeyStore  # noqa: E402
from moto.sts.models import sts_backends  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

PARTITION = "aws"
ADMINISTRATOR = "sandbox-administrator"
READY_PATH = "/-/ready"
# What stays of a bucket when its objects and its unfinished uploads are taken away is its settings.
LARGE_PARTS = ("keys", "multiparts")
MOTO_LIST_OBJECTS = S3Backend.list_objects


class Store:
    """Rows of pickled state. Only what a request changed is written."""

    def __init__(self, path):
        self.database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # Survives the end of the process at any point; a machine that loses power may lose the last requests.
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=NORMAL")
        self.database.execute("CREATE TABLE IF NOT EXISTS state (id TEXT PRIMARY KEY, data BLOB NOT NULL)")
        self.database.execute(
            "CREATE TABLE IF NOT EXISTS objects (bucket TEXT, name TEXT, data BLOB NOT NULL, PRIMARY KEY (bucket, name))"
        )
        self.written = {}
        self.versions = {}

    def load(self):
        s3 = s3_backends[DEFAULT_ACCOUNT_ID][PARTITION]
        for row, data in self.database.execute("SELECT id, data FROM state"):
            self.written[row] = data
            kind, _, name = row.partition("/")
            if kind == "bucket":
                bucket = pickle.loads(data)
                bucket.keys = _VersionedKeyStore()
                bucket.multiparts = MultipartDict()
                s3.buckets[name] = bucket
                s3_backends.bucket_accounts[name] = (PARTITION, DEFAULT_ACCOUNT_ID)
                self.versions[name] = {}
            elif kind == "tags":
                s3.tagger = pickle.loads(data)
            else:
                backend_of(kind).__dict__.update(pickle.loads(data))
        for bucket, name, data in self.database.execute("SELECT bucket, name, data FROM objects"):
            versions = pickle.loads(data)
            s3.buckets[bucket].keys.setlist(name, versions)
            self.versions[bucket][name] = tuple(map(id, versions))

    def save(self, touched_object):
        """Writes what differs from the last time. `touched_object`: (bucket, name) that may have changed in place."""
        s3 = s3_backends[DEFAULT_ACCOUNT_ID][PARTITION]
        before = dict(self.written), {name: dict(known) for name, known in self.versions.items()}
        self.database.execute("BEGIN")
        try:
            for kind in ("iam", "sts"):
                self.put(kind, pickle.dumps(picklable(backend_of(kind).__dict__)))
            self.put("tags", pickle.dumps(s3.tagger))
            for name, bucket in s3.buckets.items():
                self.put(f"bucket/{name}", pickle.dumps(without_parts(bucket)))
                self.save_objects(name, bucket, touched_object)
            for name in [name for name in self.versions if name not in s3.buckets]:
                self.drop_bucket(name)
            self.database.execute("COMMIT")
        except BaseException:
            # On a full disk SQLite has done so by itself.
            if self.database.in_transaction:
                self.database.execute("ROLLBACK")
            # What is on disk, so that the next time all of this is written, and what is gone is deleted.
            self.written, self.versions = before
            self.doubt(touched_object)
            raise

    def doubt(self, touched_object):
        """An object that may have changed in place is written again: by its versions it looks the same as on disk."""
        bucket, name = touched_object or (None, None)
        known = self.versions.get(bucket, {})
        if name in known:
            known[name] = ()

    def put(self, row, data):
        if self.written.get(row) != data:
            self.database.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (row, data))
            self.written[row] = data

    def save_objects(self, name, bucket, touched_object):
        known = self.versions.setdefault(name, {})
        present = dict(bucket.keys._iterlists())
        for key, versions in present.items():
            identity = tuple(map(id, versions))
            if known.get(key) != identity or (name, key) == touched_object:
                self.database.execute(
                    "INSERT OR REPLACE INTO objects VALUES (?, ?, ?)", (name, key, pickle.dumps(versions))
                )
                known[key] = identity
        for key in [key for key in known if key not in present]:
            self.database.execute("DELETE FROM objects WHERE bucket = ? AND name = ?", (name, key))
            del known[key]

    def drop_bucket(self, name):
        self.database.execute("DELETE FROM state WHERE id = ?", (f"bucket/{name}",))
        self.database.execute("DELETE FROM objects WHERE bucket = ?", (name,))
        self.written.pop(f"bucket/{name}", None)
        del self.versions[name]


# Every request comes by TLS here, so a statement that forbids the others never applies. moto takes a condition that it
# doesn't know for one that holds.
TLS_ONLY = {"Bool": {"aws:SecureTransport": "false"}}


def permission_of_bucket(bucket, action, resource):
    """Stands in for FakeBucket.get_permission."""
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(bucket.policy)
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    policy["Statement"] = [statement for statement in statements if statement.get("Condition") != TLS_ONLY]
    return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)


def backend_of(kind):
    backends = {"iam": iam_backends, "sts": sts_backends}[kind]
    return backends[DEFAULT_ACCOUNT_ID][PARTITION]


def picklable(attributes):
    """Attributes of a backend without its summary, which only refers back to it."""
    return {name: value for name, value in attributes.items() if name not in ("account_summary",)}


def without_parts(bucket):
    bare = object.__new__(type(bucket))
    bare.__dict__.update({name: value for name, value in bucket.__dict__.items() if name not in LARGE_PARTS})
    return bare


def ensure_administrator(access_key_id, secret_access_key):
    iam = backend_of("iam")
    if ADMINISTRATOR not in iam.users:
        iam.create_user("us-east-1", ADMINISTRATOR)
    allow_all = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy(ADMINISTRATOR, "everything", json.dumps(allow_all))
    user = iam.users[ADMINISTRATOR]
    key = AccessKey(ADMINISTRATOR, "AKIA", DEFAULT_ACCOUNT_ID)
    key.access_key_id = access_key_id
    key.secret_access_key = secret_access_key
    user.access_keys = [key]


class DurableApplication:
    """Answers after the change is on disk, one changing request at a time."""

    def __init__(self, application, store):
        self.application = application
        self.store = store
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == READY_PATH:
            start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
            return [b"ok\n"]
        if environ["REQUEST_METHOD"] in ("GET", "HEAD", "OPTIONS"):
            return self.application(environ, start_response)
        held = []

        def hold(status, headers, exc_info=None):
            held[:] = [status, headers]

        bucket, _, name = environ["PATH_INFO"].lstrip("/").partition("/")
        with self.lock:
            body = b"".join(self.application(environ, hold))
            # WSGI hands over paths as Latin-1; names of objects are UTF-8.
            self.store.save((bucket, name.encode("latin-1").decode("utf-8", "replace")))
        start_response(*held)
        return [body]


class RequestHandler(MotoRequestHandler):
    # Clients keep their connections: a TLS handshake for each request would cost more than the request.
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code="-", size="-"):
        """Keeps the log to problems."""
        if not str(code).startswith(("2", "3", "404")):
            super().log_request(code, size)


class PresentObjects:
    """A bucket as it is listed: moto would name folders, too, in which every object is deleted."""

    def __init__(self, bucket):
        self.keys = {name: key for name, key in bucket.keys.items() if not isinstance(key, FakeDeleteMarker)}


def list_objects(backend, bucket, *args, **kwargs):
    return MOTO_LIST_OBJECTS(backend, PresentObjects(bucket), *args, **kwargs)


def main():
    os.umask(0o077)
    S3Backend.list_objects = list_objects
    FakeBucket.get_permission = permission_of_bucket
    # moto calls it for every version of an object that goes for good, markers too, but only objects have it.
    FakeDeleteMarker.dispose = lambda marker: None
    with open(sys.argv[1], encoding="utf-8") as file:
        settings = json.load(file)
    store = Store(settings["database"])
    store.load()
    ensure_administrator(settings["accessKeyId"], settings["secretAccessKey"])
    store.save(None)
    application = DurableApplication(DomainDispatcherApplication(create_backend_app), store)
    server = make_server(
        settings["host"],
        settings["port"],
        application,
        threaded=True,
        request_handler=RequestHandler,
        ssl_context=(settings["certificate"], settings["key"]),
    )
    server.daemon_threads = True
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.serve_forever()


if __name__ == "__main__":
    main()
