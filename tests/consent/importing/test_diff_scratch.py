import pytest
from tests import people
from tests.consent.importing.lists import *
from tests.consent.importing.test_loading import everything
@pytest.mark.django_db
def test_it(settings,tmp_path):
    settings.UPLOAD_DIR=str(tmp_path)
    clinic = people.clinic()
    raw = b"".join(TEN_THOUSAND.read_bytes().splitlines(keepends=True)[:2000])
    first = import_list(clinic, raw)
    before = everything(clinic)
    made = import_list(clinic, raw, chunk=700)
    after=everything(clinic)
    print(first.taken,first.merged,first.refused, made.taken,made.merged,made.refused)
    for k in before:
        b={r['id']:r for r in before[k]}; a={r['id']:r for r in after[k]}
        print(k,len(b),len(a))
        for i in a:
            if i not in b: print('  new',a[i])
            elif a[i]!=b[i]: print('  changed',[(f,b[i][f],a[i][f]) for f in a[i] if a[i][f]!=b[i][f]], b[i])
