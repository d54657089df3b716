import time, pytest, os, io
from tests import people
from tests.consent.importing.lists import *
from consent.importing import planning, writing, households, staging
from consent.importing.reading import Table
from consent.importing.rows import RowReader
from consent.importing.columns import guess
from consent.importing.planning import *
from datetime import date
from tenants.clock import db_now

T = collections = None
import collections

T = collections.Counter()


def timed(obj, name, label=None):
    f = getattr(obj, name)

    def w(*a, **k):
        t = time.thread_time()
        try:
            return f(*a, **k)
        finally:
            T[label or name] += time.thread_time() - t

    setattr(obj, name, w)


@pytest.mark.django_db(transaction=True)
def test_it(settings, tmp_path):
    settings.UPLOAD_DIR = str(tmp_path)
    warm = people.client_of(people.agency(), "warm")
    import_list(warm, TEN_THOUSAND.read_bytes())
    c = people.clinic()
    for o, n in (
        (planning.Gathering, "add"),
        (planning.Planner, "prepare"),
        (planning.Planner, "plan"),
        (planning, "encrypt_many"),
        (planning, "_known_addresses"),
        (planning.Planner, "_matches"),
        (planning, "_lines"),
        (planning.Planner, "_stored"),
        (writing.Writer, "write"),
        (writing.Writer, "_contacts"),
        (writing.Writer, "_addresses"),
        (writing.Writer, "_points"),
        (writing.Writer, "_answers"),
        (writing.Writer, "_report"),
        (households, "unite"),
        (RowReader, "read"),
    ):
        timed(o, n)
    T.clear()
    p = time.process_time()
    import_list(c, open("/tmp/build/importing/30k-1.csv", "rb").read())
    print("total", (time.process_time() - p) / 0.03)
    for k, v in T.most_common():
        print("%8.1f us %s" % (v / 0.03, k))
