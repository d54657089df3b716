import time, pytest, collections
from tests import people
from tests.consent.importing.lists import *
from consent.models import *
from django.db import connection
@pytest.mark.django_db(transaction=True)
def test_it(settings,tmp_path):
    settings.UPLOAD_DIR=str(tmp_path)
    c=people.clinic()
    raw=TEN_THOUSAND.read_bytes()
    spent=collections.Counter()
    def wrap(execute, sql, params, many, context):
        t=time.time()
        try: return execute(sql,params,many,context)
        finally: spent[' '.join(str(sql).split())[:60]]+=time.time()-t
    import consent.importing.loading as L
    import os
    def run(n,who):
        spent.clear()
        m=order(who,raw)
        t=time.time(); p=time.process_time()
        with connection.execute_wrapper(wrap): load(m.pk,who.pk)
        print(n,'%.2f'%(time.time()-t),'python cpu %.2f'%(time.process_time()-p),'sql %.2f'%sum(spent.values()))
        for k,v in spent.most_common(9): print('   %.3f %s'%(v,k))
    run('first',c); run('again',c); run('rival',people.rival_clinic())
