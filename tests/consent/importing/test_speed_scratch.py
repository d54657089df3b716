import time, pytest, collections, psutil, cProfile, pstats, os
from tests import people
from tests.consent.importing.lists import *
from consent.models import *
from django.db import connection


def calib():
    p = time.process_time()
    for i in range(2000000):
        pass
    return time.process_time() - p


@pytest.mark.django_db(transaction=True)
def test_it(settings, tmp_path):
    settings.UPLOAD_DIR = str(tmp_path)
    raw = TEN_THOUSAND.read_bytes()
    warm = people.client_of(people.agency(), "warm")
    import_list(warm, raw[:50000])

    def run(n, who, content=raw, prof=False):
        m = order(who, content)
        with connection.cursor() as c:
            c.execute("select pg_backend_pid()")
            pid = c.fetchone()[0]
        pg = psutil.Process(pid)
        a = pg.cpu_times()
        t = time.time()
        p = time.process_time()
        if prof:
            pr = cProfile.Profile(time.process_time)
            pr.enable()
        load(m.pk, who.pk)
        if prof:
            pr.disable()
            pstats.Stats(pr).sort_stats("tottime").print_stats(30)
        b = pg.cpu_times()
        print(
            n,
            "wall %.2f" % (time.time() - t),
            "python cpu %.2f" % (time.process_time() - p),
            "pg cpu %.2f" % (b.user + b.system - a.user - a.system),
            "calib %.3f" % calib(),
        )

    if os.environ.get("BIG"):
        run("big", people.clinic(), open(os.environ["BIG"], "rb").read())
        return
    c = people.clinic()
    run("first", c)
    run("again", c)
    run("rival", people.rival_clinic())
    fresh = raw.replace(b"@", b"1@").replace(b"7-00", b"8-00")
    run("fresh mail", people.client_of(people.agency(), "third"), fresh)
    if os.environ.get("PROF"):
        run("prof", people.client_of(people.agency(), "fourth"), fresh, True)
    if os.environ.get("DROP"):
        import psycopg2

        o = psycopg2.connect(os.environ["OWNER_DATABASE_URL"])
        cur = o.cursor()
        cur.execute(
            "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint where contype='f' and conrelid::regclass::text in ('consent_contact','consent_contactpoint','consent_consentrecord','consent_importrow','consent_suppression','consent_addresshash')"
        )
        fks = cur.fetchall()
        for which in os.environ["DROP"].split(","):
            for t, n, d in fks:
                if which in d:
                    cur.execute(f'alter table {t} drop constraint "{n}"')
                    print("dropped", t, d[:80])
            o.commit()
            connection.close()
            run(
                "without " + which,
                people.client_of(people.agency(), "x" + which),
                raw.replace(b"@", which[:3].strip("(").encode() + b"3@").replace(b"7-00", b"9-00"),
            )
