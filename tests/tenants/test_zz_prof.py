import time,cProfile,pstats,pytest
from tests import people
from django.test import Client as Browser
from tenants.scope import acting_for
pytestmark=pytest.mark.django_db
def test_it():
    c=people.clinic(); b=people.sign_in(Browser(),people.alice())
    with acting_for(c.pk):
        for n in range(60): 
            p=people.contact(c,phone=f"+1574231{n:04d}",email=f"a{n}@example.com"); people.consent(p)
    for path in ["/c/bright-smiles/contacts/",f"/c/bright-smiles/contacts/{p.pk}/","/c/bright-smiles/settings/","/","/team/"]:
        for _ in range(2): b.get(path)
        m=[]
        for _ in range(12):
            t=time.process_time(); b.get(path); m.append(time.process_time()-t)
        print(path,min(m)*1000,"ms cpu")
    pr=cProfile.Profile(); pr.enable(); b.get("/c/bright-smiles/contacts/"); pr.disable()
    pstats.Stats(pr).sort_stats("tottime").print_stats(28)
