import time, pytest, os
from tests import people
from tests.consent.importing.lists import *
from django.db import connection
@pytest.mark.django_db(transaction=True)
def test_it(settings,tmp_path):
    settings.UPLOAD_DIR=str(tmp_path)
    raw=TEN_THOUSAND.read_bytes()
    warm=people.client_of(people.agency(),'warm'); import_list(warm,raw)
    def wrap(execute, sql, params, many, context):
        s=str(sql).strip()
        if s.startswith(('INSERT INTO consent_','WITH wanted','UPDATE consent_')):
            r=execute('EXPLAIN (ANALYZE) '+s,params,many,context)
            print(s[:50].replace('\n',' ')); 
            for (l,) in context['cursor'].fetchall():
                if 'Trigger' in l or 'Execution' in l or l.startswith('Insert') or '->' in l: print('     ',l[:150])
            return r
        return execute(sql,params,many,context)
    c=people.clinic()
    fresh=raw.replace(b'@',b'1@').replace(b'7-00',b'8-00')
    m=order(c,fresh)
    import django.db.backends.utils
    with connection.execute_wrapper(wrap): load(m.pk,c.pk)
